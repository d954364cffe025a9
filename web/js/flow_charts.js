// The two lines of the flow panel, drawn with uPlot: rows per second above, latencies below, on one scale of time. One
// pointer goes through both.

import { areChartsThere, onceChartsAreThere } from "./charts.js";
import * as format from "./format.js";
import { colour, fontFamily, fontSize } from "./theme.js";
import { t } from "./words.js";

const large = (value, otherwise) => (value >= 10_000 ? `${value / 1000}k` : otherwise);

export class FlowCharts {
  // onPoint(place): of the data under the pointer, or null where there is none.
  constructor(places, onPoint) {
    Object.assign(this, { places, onPoint, charts: null, data: null, seconds: 0, marks: 4, width: 0 });
    new ResizeObserver(() => {
      if (places.rows.clientWidth === this.width) return;
      this.width = places.rows.clientWidth;
      this.makeAnew();
    }).observe(places.rows);
    onceChartsAreThere(() => this.#fill());
  }

  ago(second) {
    return second === 0 ? t("now") : second % 60 === 0 ? t`${-second / 60} min ago` : t`${-second} s ago`;
  }

  // data: { at, rows, p50, p99 }; the scale of time goes back `seconds`, divided in `marks` parts.
  draw(data, { seconds, marks }) {
    const isOther = seconds !== this.seconds;
    Object.assign(this, { data, seconds, marks });
    if (isOther) return this.makeAnew();
    this.#fill();
  }

  makeAnew() {
    for (const chart of Object.values(this.charts ?? {})) chart.destroy();
    this.charts = null;
    this.#fill();
  }

  #fill() {
    if (!this.data || !areChartsThere() || this.places.rows.clientWidth === 0) return;
    this.charts ??= this.#makeAll();
    const { at, rows, p50, p99 } = this.data;
    this.charts.rows.setData([at, rows]);
    this.charts.latency.setData([at, p50, p99]);
  }

  #makeAll() {
    const p = (name, more) => ({ stroke: colour(name), spanGaps: true, points: { show: false }, ...more });
    return {
      rows: this.#make(this.places.rows, [p("flow-rows", { width: 2, fill: colour("flow-rows") + "22" })], (value) => large(value, format.count(value))),
      latency: this.#make(this.places.latency, [p("flow-p50", { width: 2 }), p("flow-p99", { width: 1.5, dash: [5, 4] })],
                          (value) => (value >= 1000 ? `${value / 1000}k` : `${value}`)),
    };
  }

  #make(place, series, unit) {
    const fromZero = (_, __, most) => [0, most > 0 ? most * 1.12 : 1];
    return new window.uPlot({
      width: place.clientWidth, height: place.clientHeight, padding: [8, fontSize(1.6), 0, 0], legend: { show: false },
      cursor: { y: false, points: { show: false }, drag: { x: false, y: false }, sync: { key: "flow" } },
      hooks: { setCursor: [(chart) => this.onPoint(chart.cursor.idx ?? null)] },
      scales: { x: { time: false, range: [-this.seconds, 0] }, y: { range: fromZero } },
      series: [{}, ...series], axes: this.#axes(unit),
    }, [[], ...series.map(() => [])], place);
  }

  #axes(unit) {
    const common = { stroke: colour("ink-soft"), font: `${fontSize(0.7)}px ${fontFamily()}`, ticks: { show: false }, grid: { stroke: colour("grid"), width: 1 } };
    const parts = window.innerWidth < 520 && this.marks === 4 ? 2 : this.marks;
    const splits = () => [...Array(parts + 1).keys()].map((part) => -this.seconds * (1 - part / parts));
    return [
      { ...common, grid: { show: false }, size: fontSize(1.9), gap: 8, splits, values: (_, at) => at.map((second) => this.ago(second)) },
      { ...common, size: fontSize(2.9), gap: 6, space: fontSize(1.5), values: (_, at) => at.map((value) => unit(value)) },
    ];
  }
}
