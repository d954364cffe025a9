// The two libraries that draw come behind the first numbers: half a megabyte that nobody needs to read a card.

const script = (address) => new Promise((loaded, failed) => {
  document.head.append(Object.assign(document.createElement("script"), { src: address, onload: loaded, onerror: failed }));
});

const style = (address) => document.head.append(Object.assign(document.createElement("link"), { rel: "stylesheet", href: address }));

let loading = null;
const waiting = [];

// Calls back once, as soon as window.echarts and window.uPlot are there.
export function onceChartsAreThere(draw) {
  waiting.push(draw);
}

// Behind a frame that has shown numbers; more calls do nothing.
export function loadCharts() {
  if (!loading) style("/vendor/uplot.css");
  loading ??= Promise.all([script("/vendor/uplot.js"), script("/vendor/echarts.js")]).then(() => {
    for (const draw of waiting) draw();
  });
}

export const areChartsThere = () => window.echarts !== undefined && window.uPlot !== undefined;
