// The spread of risk: twenty bins of 5 %, in the shades of the risk bands, with the line of the threshold. The same
// numbers stand in a table that only screen readers and tests see.

import { areChartsThere, onceChartsAreThere } from "./charts.js";
import * as format from "./format.js";
import { setValue } from "./show.js";
import { colour, fontFamily, fontSize, isCalm, onThemeChange } from "./theme.js";
import { t } from "./words.js";

const bins = 20;
// Around the bars, in rem: what lies over them takes its place from this.
export const margin = { left: 2.6, right: 0.8, top: 1.7, bottom: 2.5 };
const place = document.getElementById("histogram");
const tableBody = document.getElementById("histogram-rows");
let chart = null;
let shown = null;

for (let bin = 0; bin < bins; ++bin) {
  const row = tableBody.insertRow();
  row.insertCell().textContent = t`${bin * 5} to ${(bin + 1) * 5} %`;
  row.insertCell().dataset.testid = `histogram_${bin}`;
}

const bandOf = (probability, model) =>
  probability >= (model?.band_high ?? 0.5) ? "risk-high" : probability >= (model?.band_medium ?? 0.5) ? "risk-medium" : "risk-low";

// A round step of at most five to the highest bar, which leaves room for the threshold's name.
function stepOf(counts) {
  const wanted = Math.max(4, ...counts) * 1.08 / 5;
  const tens = 10 ** Math.floor(Math.log10(wanted));
  return [1, 2, 5, 10].find((step) => step * tens >= wanted) * tens;
}

// Two points in the values of the axes.
function thresholdLine(threshold, top, small) {
  if (threshold === undefined) return [];
  return [{
    type: "line", silent: true, symbol: "none", animation: false, z: 3, data: [[threshold, 0], [threshold, top]],
    lineStyle: { color: colour("ink"), type: "dashed", width: 1.5 },
    endLabel: { show: true, ...small, color: colour("ink"), formatter: t`threshold ${threshold.toFixed(2)}`, align: "center", offset: [0, -fontSize(0.8)] },
  }];
}

function options(snapshot) {
  const small = { color: colour("ink-soft"), fontSize: fontSize(0.72), fontFamily: fontFamily() };
  const threshold = snapshot.model?.threshold;
  const step = Math.max(1, stepOf(snapshot.store.histogram));
  const top = Math.ceil(Math.max(4, ...snapshot.store.histogram) * 1.08 / step) * step;
  return {
    animation: !isCalm(), animationDuration: 300, animationDurationUpdate: 400,
    grid: { left: fontSize(margin.left), right: fontSize(margin.right), top: fontSize(margin.top), bottom: fontSize(margin.bottom) },
    tooltip: {
      trigger: "item", renderMode: "richText",
      backgroundColor: colour("panel"), borderColor: colour("edge"), textStyle: { ...small, color: colour("ink") },
      formatter: (bar) => t`${bar.data.bin * 5} to ${(bar.data.bin + 1) * 5} %: ${format.count(bar.data.customers)} customers`,
    },
    xAxis: {
      type: "value", min: 0, max: 1, interval: 0.25, axisLabel: { ...small, formatter: (p) => `${Math.round(p * 100)} %` },
      name: t("probability of leaving"), nameLocation: "middle", nameGap: fontSize(1.5), nameTextStyle: small,
      axisLine: { show: true, lineStyle: { color: colour("edge") } }, axisTick: { show: false }, splitLine: { show: false },
    },
    yAxis: {
      type: "value", min: 0, max: top, interval: step, axisLabel: small, axisLine: { show: false }, axisTick: { show: false },
      splitLine: { lineStyle: { color: colour("grid") } },
    },
    series: [{
      type: "bar", barWidth: "100%", silent: false,
      data: snapshot.store.histogram.map((customers, bin) => ({
        value: [(bin + 0.5) / bins, customers], bin, customers,
        itemStyle: { color: colour(bandOf((bin + 0.5) / bins, snapshot.model)), borderRadius: [3, 3, 0, 0] },
      })),
    }, ...thresholdLine(threshold, top, small)],
  };
}

// A value axis knows no bin width, so the bars get theirs in pixels.
function barWidth() {
  const inside = place.clientWidth - fontSize(margin.left) - fontSize(margin.right);
  return Math.max(2, Math.floor(inside / bins) - 2);
}

function draw() {
  if (!shown || !areChartsThere() || place.clientWidth === 0) return;
  if (!chart) chart = window.echarts.init(place, null, { renderer: "canvas" });
  const drawn = options(shown);
  drawn.series[0].barWidth = barWidth();
  chart.setOption(drawn);
}

export function drawHistogram(snapshot) {
  if (!snapshot.store) return;
  const isSame = shown && JSON.stringify([shown.store.histogram, shown.model]) === JSON.stringify([snapshot.store.histogram, snapshot.model]);
  shown = snapshot;
  snapshot.store.histogram.forEach((customers, bin) => setValue(tableBody.rows[bin].cells[1], format.count(customers), customers));
  if (!isSame) draw();
}

new ResizeObserver(() => { chart?.resize(); draw(); }).observe(place);
onThemeChange(draw);
onceChartsAreThere(draw);
