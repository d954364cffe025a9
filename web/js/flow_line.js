// The last two minutes, second by second: rows that became durable, and how long they took.

import { areChartsThere, onceChartsAreThere } from "./charts.js";
import * as format from "./format.js";
import { colour, fontFamily, fontSize, onThemeChange } from "./theme.js";
import { t } from "./words.js";

const seconds = 120;
const places = { rows: document.getElementById("flow-rows"), latency: document.getElementById("flow-latency") };
let charts = null;
let shown = null;

const ago = (second) => (second === 0 ? t("now") : second % 60 === 0 ? t`${-second / 60} min ago` : t`${-second} s ago`);

function axes(unit) {
  const font = `${fontSize(0.7)}px ${fontFamily()}`;
  const common = { stroke: colour("ink-soft"), font, ticks: { show: false }, grid: { stroke: colour("grid"), width: 1 } };
  const splits = () => (window.innerWidth < 520 ? [-120, -60, 0] : [-120, -90, -60, -30, 0]);
  return [
    { ...common, grid: { show: false }, size: fontSize(1.9), gap: 8, splits, values: (_, at) => at.map(ago) },
    { ...common, size: fontSize(2.9), gap: 6, space: fontSize(1.5), values: (_, at) => at.map((value) => unit(value)) },
  ];
}

function make(place, series, unit, height) {
  const fromZero = (_, __, most) => [0, most > 0 ? most * 1.12 : 1];
  const chart = new window.uPlot({
    width: place.clientWidth, height: height, padding: [8, fontSize(1.6), 0, 0], legend: { show: false }, cursor: { show: false },
    scales: { x: { time: false, range: [-seconds, 0] }, y: { range: fromZero } },
    series: [{}, ...series], axes: axes(unit),
  }, [[], ...series.map(() => [])], place);
  return chart;
}

function makeAll() {
  for (const place of Object.values(places)) place.replaceChildren();
  const unitRows = (value) => (value >= 10_000 ? `${value / 1000}k` : format.count(value));
  charts = {
    rows: make(places.rows, [{ stroke: colour("flow-rows"), width: 2, fill: colour("flow-rows") + "22", points: { show: false } }], unitRows, places.rows.clientHeight),
    latency: make(places.latency, [
      { stroke: colour("flow-p50"), width: 2, spanGaps: true, points: { show: false } },
      { stroke: colour("flow-p99"), width: 1.5, dash: [5, 4], spanGaps: true, points: { show: false } },
    ], (value) => (value >= 1000 ? `${value / 1000}k` : `${value}`), places.latency.clientHeight),
  };
}

function draw() {
  if (!shown || !areChartsThere() || places.rows.clientWidth === 0) return;
  if (!charts) makeAll();
  const { seconds_ago, rows, p50_ms, p99_ms } = shown.line;
  const at = seconds_ago.map((second) => -second);
  charts.rows.setData([at, rows]);
  charts.latency.setData([at, p50_ms, p99_ms]);
}

export function drawFlowLine(snapshot) {
  shown = snapshot;
  draw();
}

function makeAnew() {
  charts?.rows.destroy();
  charts?.latency.destroy();
  charts = null;
  draw();
}
let width = 0;
new ResizeObserver(() => {
  if (places.rows.clientWidth === width) return;
  width = places.rows.clientWidth;
  makeAnew();
}).observe(places.rows);
onThemeChange(makeAnew);
onceChartsAreThere(draw);
