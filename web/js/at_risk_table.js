// The customers to call first. Rows are merged by customer, so that a row keeps its place in the document as long as
// it keeps its rank; while somebody points at the table or has the keyboard in it, nothing moves.

import * as format from "./format.js";
import { setHidden, setText, setValue, shape } from "./show.js";

const rows = new Map();  // by customer id
const table = document.getElementById("at-risk");
const aside = document.getElementById("at-risk-aside");
let isHeld = false;
let waiting = null;  // the snapshot to draw once the pointer has gone

function hold(held) {
  isHeld = held;
  setText(aside, held ? "order held while you point" : "largest expected loss first");
  if (!held && waiting) drawAtRisk(waiting);
}
table.tBodies[0].addEventListener("pointerenter", () => hold(true));
table.tBodies[0].addEventListener("pointerleave", () => hold(false));

function makeRow(customer) {
  const row = document.createElement("tr");
  row.dataset.testid = "at_risk_row";
  row.dataset.customer = customer.customer_id;
  for (const name of ["customer_id", "risk_band", "probability", "value", "expected_loss"]) {
    const cell = row.insertCell();
    cell.dataset.testid = name;
    if (name !== "customer_id" && name !== "risk_band") cell.className = "number";
  }
  const [id, band, probability] = row.cells;
  setValue(id, customer.customer_id, customer.customer_id);
  id.title = customer.customer_id;
  band.className = "band";
  const share = document.createElement("span");
  share.className = "share";
  share.append(document.createElement("i"), document.createElement("span"));
  probability.append(share);
  return row;
}

function fillRow(row, customer, currency) {
  const [, band, probability, value, loss] = row.cells;
  if (row.dataset.band !== customer.risk_band) {
    row.dataset.band = customer.risk_band;
    band.replaceChildren(shape(customer.risk_band), customer.risk_band);
    band.dataset.value = customer.risk_band;
  }
  const share = probability.firstChild;
  setText(share.lastChild, format.wholePercent(customer.probability));
  share.firstChild.style.setProperty("--share", customer.probability ?? 0);
  probability.dataset.value = customer.probability ?? "";
  probability.title = String(customer.probability);
  setValue(value, format.money(customer.value, currency), customer.value);
  setValue(loss, format.money(customer.expected_loss, currency), customer.expected_loss);
}

export function drawAtRisk(snapshot) {
  const customers = snapshot.store?.at_risk ?? [];
  waiting = isHeld ? snapshot : null;
  if (isHeld) {
    for (const customer of customers)
      if (rows.has(customer.customer_id)) fillRow(rows.get(customer.customer_id), customer, snapshot.currency);
    return;
  }
  const body = table.tBodies[0];
  const isFirst = rows.size === 0;
  const staying = new Set(customers.map((customer) => customer.customer_id));
  for (const [id, row] of rows) if (!staying.has(id)) row.remove(), rows.delete(id);
  customers.forEach((customer, rank) => {
    let row = rows.get(customer.customer_id);
    if (!row) {
      rows.set(customer.customer_id, (row = makeRow(customer)));
      if (!isFirst) row.className = "is-new";
    }
    fillRow(row, customer, snapshot.currency);
    if (body.rows[rank] !== row) body.insertBefore(row, body.rows[rank] ?? null);
  });
  setHidden(table, customers.length === 0);
  setHidden(document.getElementById("at-risk-empty"), customers.length > 0);
}
