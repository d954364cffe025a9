// How many rows became durable, and how long they took: the last two minutes by the second as each snapshot has them, or
// 15 minutes and two hours in coarser steps as the API keeps them. Which of them lives in the address.

import { address, change, onAddressChange } from "./address.js";
import { FlowCharts } from "./flow_charts.js";
import * as format from "./format.js";
import { Question } from "./question.js";
import { setText } from "./show.js";
import { describe, fillTable } from "./table_view.js";
import { onThemeChange } from "./theme.js";
import { t } from "./words.js";

const windows = {
  "": { seconds: 120, marks: 4, title: t("The last two minutes") },
  "15min": { seconds: 900, marks: 3, title: t("The last 15 minutes") },
  "2h": { seconds: 7200, marks: 4, title: t("The last two hours") },
};
const places = { rows: document.getElementById("flow-rows"), latency: document.getElementById("flow-latency") };
const title = document.getElementById("flow-title");
const switches = document.getElementById("flow-windows");
const figures = document.getElementById("flow-figures");
const pointed = { rows: document.getElementById("flow-rows-at"), latency: document.getElementById("flow-latency-at") };
const charts = new FlowCharts(places, tellPoint);
let newest = null;  // the snapshot
let shown = null;   // { at, rows, p50, p99 }, oldest first; `at` in seconds, negative

const chosen = () => (windows[address().window] ? address().window : "");
const question = new Question({
  draw(answer) {
    if (chosen() !== answer.window) return;
    setText(title, windows[chosen()].title);
    take(answer.seconds_ago, answer.rows_per_s, answer.p50_ms, answer.p99_ms);
  },
  fail: (sentence) => setText(title, t`cannot be shown: ${sentence}`),
});

const known = (values) => values.filter((value) => value !== null);
const least = (values) => (known(values).length ? Math.min(...known(values)) : null);
const most = (values) => (known(values).length ? Math.max(...known(values)) : null);

// What stood there then; no reader of the screen is told, the table has it all.
function tellPoint(place) {
  const isThere = place !== null && shown.rows[place] !== undefined;
  const ago = isThere ? charts.ago(shown.at[place]) : "";
  setText(pointed.rows, isThere ? t`${ago}: ${format.amount(shown.rows[place])}` : "");
  setText(pointed.latency, isThere ? t`${ago}: ${format.milliseconds(shown.p50[place])}, ${format.milliseconds(shown.p99[place])}` : "");
}

function drawFigures() {
  if (!figures.parentElement.closest("details").open) return;
  fillTable(figures, shown.at.map((at, place) => [
    { text: charts.ago(at), value: at }, { text: format.amount(shown.rows[place]), value: shown.rows[place] },
    { text: format.milliseconds(shown.p50[place]), value: shown.p50[place] }, { text: format.milliseconds(shown.p99[place]), value: shown.p99[place] },
  ]).reverse());
}

function take(secondsAgo, rows, p50, p99) {
  shown = { at: secondsAgo.map((second) => -second), rows, p50, p99 };
  charts.draw(shown, windows[chosen()]);
  drawFigures();
  const when = windows[chosen()].title;
  describe(places.rows, t`${when}: between ${format.amount(least(rows))} and ${format.amount(most(rows))} rows per second, ${format.amount(rows.at(-1) ?? null)} at the end`);
  describe(places.latency, t`${when}: latency p50 at most ${format.milliseconds(most(p50))}, p99 at most ${format.milliseconds(most(p99))}`);
}

function refresh() {
  for (const button of switches.children) button.setAttribute("aria-pressed", String(button.dataset.window === chosen()));
  if (!newest) return;
  if (chosen() !== "") return question.put(`/api/v1/flow?window=${chosen()}`);
  question.drop();
  setText(title, windows[""].title);
  take(newest.line.seconds_ago, newest.line.rows, newest.line.p50_ms, newest.line.p99_ms);
}

export function drawFlowLine(snapshot) {
  newest = snapshot;
  refresh();
}

switches.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (button) change({ window: button.dataset.window });
});
figures.closest("details").addEventListener("toggle", () => { if (shown) drawFigures(); });
onAddressChange(refresh);
onThemeChange(() => charts.makeAnew());
