// What the Power BI page of the original showed: five cards, a donut and two bar charts, over the customers that the
// filters choose. Beside each number of customers stands how many of them are at high risk, which the original did not
// know. Segments of fewer than 20 customers are left out and counted; columns that are hidden are named.

import { address, filterOf, onAddressChange } from "./address.js";
import * as format from "./format.js";
import { OriginalChart } from "./original_charts.js";
import { Question } from "./question.js";
import { setHidden, setText, show } from "./show.js";
import { describe, fillTable } from "./table_view.js";
import { openTab } from "./tabs.js";
import { onThemeChange } from "./theme.js";
import { t } from "./words.js";

const fewest = 20;
const summed = ["TotalCharges", "MonthlyCharges", "tenure"];
const counted = "MultipleLines";
const charts = [
  { name: "gender", by: "gender", shape: "donut" },
  { name: "internet", by: "InternetService", shape: "bars" },
  { name: "payment", by: "PaymentMethod", shape: "columns", sum: "MonthlyCharges" },
];
let snapshot = null;

const place = (name) => document.getElementById(`original-${name}`);
const isMoney = (column) => column.endsWith("Charges");
const written = (column, value) => (isMoney(column) ? format.money(value, snapshot.currency) : format.count(value));
const nameOf = (value) => value ?? t("unknown");

// Why a column cannot be shown; empty where it can.
function obstacle(column) {
  if (snapshot.hidden_columns.includes(column)) return t`${column} is hidden: take it out of hidden_columns in the section [page] of the pipeline to see it here.`;
  return column in snapshot.columns ? "" : t`These customers have no column ${column}.`;
}

const totals = new Question({
  draw(answer) {
    const { customers, sums } = answer.cells[0] ?? { customers: 0, sums: {} };
    show("original_customers", format.count(customers), customers);
    for (const column of summed) if (!obstacle(column)) show(`original_${column}`, written(column, sums[column]), sums[column]);
  },
  fail: (sentence) => setText(place("trouble"), t`The report cannot be shown: ${sentence}`),
});
const lines = new Question({
  draw({ cells }) {
    const known = cells.filter((cell) => cell.values[0] !== null).reduce((sum, cell) => sum + cell.customers, 0);
    show(`original_${counted}`, format.count(known), known);
  },
  fail: (sentence) => setText(place("trouble"), t`The report cannot be shown: ${sentence}`),
});

function drawChart(one, cells) {
  const shown = cells.filter((cell) => cell.customers >= fewest), few = cells.filter((cell) => cell.customers < fewest);
  const names = shown.map((cell) => nameOf(cell.values[0]));
  const unit = (value) => (one.sum ? format.money(value, snapshot.currency) : format.count(value));
  const first = shown.map((cell) => (one.sum ? cell.sums[one.sum] : cell.customers));
  const hasRisk = !one.sum || snapshot.model?.value_column === one.sum;  // money at risk is known of that column alone
  const second = hasRisk ? shown.map((cell) => (one.sum ? cell.revenue_at_risk : cell.flagged)) : null;
  one.chart.show({ names, first, second, currency: one.sum ? snapshot.currency : null });
  const left = few.reduce((sum, cell) => sum + cell.customers, 0);
  setText(place(`${one.name}-few`), few.length === 0 ? "" : t`left out: segments of fewer than ${fewest} customers, ${left} customers in all`);
  fillTable(place(`${one.name}-table`), shown.map((cell, at) => [
    { text: names[at], value: cell.values[0] }, { text: format.count(cell.customers), value: cell.customers },
    { text: format.count(cell.flagged), value: cell.flagged },
    ...(one.sum ? [{ text: unit(first[at]), value: first[at] }, { text: second ? unit(second[at]) : format.nothing, value: second?.[at] }] : []),
  ]));
  describe(place(one.name), `${place(`${one.name}-title`).textContent}: ${names.map((name, at) => `${name} ${unit(first[at])}`).join(", ")}`);
}

for (const one of charts) {
  one.chart = new OriginalChart(place(one.name), one.shape);
  one.question = new Question({
    draw({ cells }) {
      setText(place(`${one.name}-trouble`), "");
      drawChart(one, cells);
    },
    fail: (sentence) => setText(place(`${one.name}-trouble`), t`The segments cannot be shown: ${sentence}`),
  });
}
onThemeChange(() => charts.forEach((one) => one.chart.draw()));

function ask(question, more) {
  const params = filterOf(address());
  for (const [name, value] of Object.entries(more)) if (value) params.set(name, value);
  question.put(`/api/v1/segments?${params}`);
}

function refresh() {
  if (openTab() !== "original" || !snapshot?.store) return;
  const troubles = [...summed, counted].map((column) => [column, obstacle(column)]);
  for (const [column, trouble] of troubles) setHidden(place(`card-${column}`), trouble !== "");
  setText(place("trouble"), troubles.map(([, trouble]) => trouble).filter(Boolean).join(" "));
  ask(totals, { sum: summed.filter((column) => !obstacle(column)).join(",") });
  if (!obstacle(counted)) ask(lines, { by: counted });
  for (const one of charts) {
    const trouble = obstacle(one.by) || (one.sum ? obstacle(one.sum) : "");
    setHidden(place(`${one.name}-body`), trouble !== "");
    if (trouble) setText(place(`${one.name}-trouble`), trouble);
    else ask(one.question, { by: one.by, sum: one.sum });
  }
}
onAddressChange(refresh);

export function drawOriginal(newest) {
  snapshot = newest;
  refresh();
}
