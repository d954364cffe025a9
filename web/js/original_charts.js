// How the original's three charts are drawn: a donut, bars and columns. Pure: segments in, ECharts' options out.

import { areChartsThere, onceChartsAreThere } from "./charts.js";
import * as format from "./format.js";
import { colour, fontFamily, fontSize, isCalm } from "./theme.js";

const slices = ["flow-rows", "flow-p50", "risk-high", "accent", "risk-low", "ink-soft"];
const text = (name, size = 0.72) => ({ color: colour(name), fontSize: fontSize(size), lineHeight: fontSize(size * 1.35), fontFamily: fontFamily() });
const motion = () => ({ animation: !isCalm(), animationDuration: 300, animationDurationUpdate: 400 });

// Of a slice the name and share stand beside it, so that no meaning hangs on its colour.
function donut({ names, first }) {
  const whole = first.reduce((sum, one) => sum + one, 0);
  return {
    ...motion(),
    series: [{
      type: "pie", radius: ["45%", "68%"], silent: true, minShowLabelAngle: 4,
      label: { ...text("ink"), formatter: (slice) => `${slice.name}\n${format.percent(slice.value / whole)}` },
      labelLine: { lineStyle: { color: colour("ink-soft") }, length: fontSize(0.6), length2: fontSize(0.5) },
      data: names.map((name, place) => ({ name, value: first[place], itemStyle: { color: colour(slices[place % slices.length]), borderColor: colour("panel"), borderWidth: 3 } })),
    }],
  };
}

function axes(names, currency, isLying) {
  const unit = (value) => (currency === null ? format.count(value) : format.money(value, currency));
  const value = {
    type: "value", min: 0, splitNumber: 4, axisLabel: { ...text("ink-soft"), formatter: unit, hideOverlap: true }, axisLine: { show: false }, axisTick: { show: false },
    splitLine: { lineStyle: { color: colour("grid") } },
  };
  const category = {
    type: "category", data: names, inverse: isLying, axisTick: { show: false }, axisLine: { lineStyle: { color: colour("edge") } },
    axisLabel: { ...text("ink"), interval: 0, width: fontSize(isLying ? 5.5 : 5), overflow: "break" },
  };
  return isLying ? { xAxis: value, yAxis: category } : { xAxis: category, yAxis: value };
}

function series(values, name, isLying) {
  return { type: "bar", silent: true, data: values, barMaxWidth: fontSize(2.4), itemStyle: { color: colour(name), borderRadius: isLying ? [0, 3, 3, 0] : [3, 3, 0, 0] } };
}

function bars({ names, first, second, currency }, isLying) {
  return {
    ...motion(), ...axes(names, currency, isLying),
    grid: isLying ? { left: fontSize(6.2), right: fontSize(1.6), top: fontSize(0.4), bottom: fontSize(1.8) }
                  : { left: fontSize(4), right: fontSize(0.4), top: fontSize(0.8), bottom: fontSize(3.6) },
    series: [series(first, "flow-rows", isLying), ...(second ? [series(second, "risk-high", isLying)] : [])],
  };
}

export const shapes = { donut, bars: (data) => bars(data, true), columns: (data) => bars(data, false) };

// A chart in its place: drawn when it can be seen, again when that changes.
export class OriginalChart {
  constructor(place, shape) {
    Object.assign(this, { place, shape, chart: null, data: null, drawn: "", drawnAs: shape });
    new ResizeObserver(() => { this.chart?.resize(); this.draw(); }).observe(place);
    onceChartsAreThere(() => this.draw());
  }
  show(data) {
    const now = JSON.stringify(data);
    if (now === this.drawn) return;
    Object.assign(this, { data, drawn: now });
    this.draw();
  }
  draw() {
    if (!this.data || !areChartsThere() || this.place.clientWidth === 0 || this.place.clientHeight === 0) return;
    this.chart ??= window.echarts.init(this.place, null, { renderer: "canvas" });
    const isNarrow = this.place.clientWidth < fontSize(28);  // names under columns would lie on each other
    const shape = this.shape === "columns" && isNarrow ? "bars" : this.shape;
    this.chart.setOption(shapes[shape](this.data), { notMerge: shape !== this.drawnAs });
    this.drawnAs = shape;
  }
}
