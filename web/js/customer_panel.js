// One customer: its score, how it moved, its data and the place for reasons. Opens from the table, by the address
// (?customer=ID), closes with Escape or the way back.

import { address, change, onAddressChange } from "./address.js";
import * as format from "./format.js";
import { Question } from "./question.js";
import { setHidden, setText } from "./show.js";
import { t } from "./words.js";

const dialog = document.getElementById("customer");
const byId = (name) => document.getElementById(`customer-${name}`);
let currency = "";

const question = new Question({
  draw(answer) {
    setText(byId("trouble"), "");
    draw(answer);
  },
  fail: (sentence) => setText(byId("trouble"), sentence),
});

function pairs(list, entries) {
  list.replaceChildren(...entries.flatMap(([name, value]) => {
    const term = document.createElement("dt"), what = document.createElement("dd");
    term.textContent = name;
    what.textContent = value === null ? format.nothing : typeof value === "number" ? format.exact(value) : value;
    return [term, what];
  }));
}

// Past scores as a line from 0 to 1, and as a table for who cannot see it or wants the figures.
function drawPast(past) {
  const points = past.map((one) => ({ at: Date.parse(one.event_time), p: one.probability })).filter((one) => one.p !== null).reverse();
  const first = points[0]?.at ?? 0, span = Math.max(1, (points.at(-1)?.at ?? 0) - first);
  byId("line").setAttribute("points", points.map((one) => `${points.length === 1 ? 100 : 200 * (one.at - first) / span},${50 - 50 * one.p}`).join(" "));
  byId("past").replaceChildren(...past.slice(0, 50).map((one) => {
    const row = document.createElement("tr");
    for (const text of [format.dateTime(one.event_time), format.wholePercent(one.probability), t(one.risk_band), one.prediction]) row.insertCell().textContent = text;
    return row;
  }));
  setText(byId("past-count"), past.length > 50 ? t`the newest 50 of ${past.length}` : `${past.length}`);
}

function drawReasons(reasons) {
  setHidden(byId("no-reasons"), Boolean(reasons?.length));
  byId("reasons").replaceChildren(...(reasons ?? []).map((reason) => {
    const item = document.createElement("li");
    item.textContent = reason.text;
    return item;
  }));
}

function draw({ customer, history, reasons }) {
  if (customer.customer_id !== address().customer) return;
  setText(byId("id"), customer.customer_id);
  pairs(byId("score"), [
    [t("Probability"), format.wholePercent(customer.probability)], [t("Risk"), t(customer.risk_band)], [t("Prediction"), customer.prediction],
    [t("Monthly"), format.money(customer.value, currency)], [t("At risk"), format.money(customer.expected_loss, currency)],
    [t("Last event"), format.dateTime(customer.event_time)], [t("Model"), customer.model.slice(0, 12)],
  ]);
  pairs(byId("data"), Object.entries(customer.data));
  drawPast(history);
  drawReasons(reasons);
}

function refresh() {
  const { customer } = address();
  if (customer) question.put(`/api/v1/customers/${encodeURIComponent(customer)}`);
}

function follow({ customer }) {
  if (customer && !dialog.open) dialog.showModal();
  if (!customer && dialog.open) dialog.close();
  if (!customer) return question.drop();
  if (byId("id").textContent !== customer) {
    setText(byId("id"), customer);
    for (const name of ["score", "data", "past"]) byId(name).replaceChildren();
    byId("line").setAttribute("points", "");
  }
  refresh();
}

dialog.addEventListener("close", () => { if (address().customer) change({ customer: "" }); });
dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });  // the ground around it
byId("close").addEventListener("click", () => dialog.close());
onAddressChange(follow);

let isFirst = true;
export function drawCustomer(snapshot) {
  currency = snapshot.currency;
  if (isFirst) follow(address());
  isFirst = false;
  refresh();
}
