// The customers to call first. Rows are merged by customer, so that a row keeps its place in the document as long as
// it keeps its rank; while somebody points at the table or has the keyboard in it, nothing moves. The first rows of all
// customers come with each snapshot; another order, a filter or more rows are asked of the API.

import { address, change, filterOf, isFiltered, onAddressChange } from "./address.js";
import * as format from "./format.js";
import { Question } from "./question.js";
import { setHidden, setText, setValue, shape } from "./show.js";
import { t } from "./words.js";

const rows = new Map();  // by customer id
const table = document.getElementById("at-risk");
const aside = document.getElementById("at-risk-aside");
const more = document.getElementById("at-risk-more");
const empty = document.getElementById("at-risk-empty");
const rowsAtOnce = 20, rowsMax = 500;
const orders = {
  expected_loss: ["largest expected loss first", "smallest expected loss first"],
  probability: ["largest probability first", "smallest probability first"],
  event_time: ["newest first", "oldest first"],
  customer_id: ["ids from the end", "ids from the beginning"],
};
let isHeld = false, isPointed = false;
let waiting = null;    // the customers to draw once the pointer has gone
let isWanted = false;  // somebody asked for other rows: they come, wherever the pointer is
let limit = rowsAtOnce;
let snapshot = null;
let total = 0;

const question = new Question({
  draw(answer) {
    total = answer.total;
    drawCustomers(answer.customers);
  },
  fail: (sentence) => setText(aside, t`cannot be shown: ${sentence}`),
});

const orderNow = () => (orders[address().sort] ? address().sort : "expected_loss");
const isAscending = () => (address().order || (orderNow() === "customer_id" ? "asc" : "desc")) === "asc";
const tell = () => setText(aside, t(isHeld ? "order held while you point" : orders[orderNow()][Number(isAscending())]));

function hold(held) {
  isHeld = held;
  tell();
  if (!held && waiting) drawCustomers(waiting);
}
const body = table.tBodies[0];
// While a customer is open its row stays: the keyboard comes back to it.
const holdAsNeeded = () => hold(isPointed || body.contains(document.activeElement) || address().customer !== "");
body.addEventListener("pointerenter", () => { isPointed = true; holdAsNeeded(); });
body.addEventListener("pointerleave", () => { isPointed = false; holdAsNeeded(); });
body.addEventListener("focusin", holdAsNeeded);
body.addEventListener("focusout", () => setTimeout(holdAsNeeded));
body.addEventListener("click", (event) => {
  const row = event.target.closest("tr");
  if (row) change({ customer: row.dataset.customer }, { asStep: true });
});

table.tHead.addEventListener("click", (event) => {
  const sort = event.target.closest("button")?.dataset.sort;
  if (!sort) return;
  const isSame = sort === orderNow();
  change({ sort: sort === "expected_loss" ? "" : sort, order: isSame ? (isAscending() ? "desc" : "asc") : "" });
});
more.addEventListener("click", () => {
  limit = Math.min(rowsMax, limit === rowsAtOnce ? 100 : rowsMax);
  isWanted = true;
  refresh();
});

function drawOrder() {
  tell();
  for (const button of table.tHead.querySelectorAll("button")) {
    const isIt = button.dataset.sort === orderNow();
    const cell = button.closest("th");
    if (isIt) cell.setAttribute("aria-sort", isAscending() ? "ascending" : "descending");
    else cell.removeAttribute("aria-sort");
  }
}
const asksOf = (state) => `${filterOf(state)} ${state.sort} ${state.order}`;
let asked = asksOf(address());
onAddressChange((state) => {
  if (asksOf(state) !== asked) [isWanted, limit, asked] = [true, rowsAtOnce, asksOf(state)];
  waiting = null;
  holdAsNeeded();
  drawOrder();
  refresh();
});
drawOrder();

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
  const open = document.createElement("button");
  open.type = "button";
  open.className = "open";
  setText(open, customer.customer_id);
  id.append(open);
  id.dataset.value = customer.customer_id;
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
    band.replaceChildren(shape(customer.risk_band), t(customer.risk_band));
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

function drawCustomers(customers) {
  const { currency } = snapshot;
  const staysStill = isHeld && !isWanted;
  isWanted = false;
  waiting = staysStill ? customers : null;
  if (staysStill) {
    for (const customer of customers)
      if (rows.has(customer.customer_id)) fillRow(rows.get(customer.customer_id), customer, currency);
    return;
  }
  const isFirst = rows.size === 0;
  const staying = new Set(customers.map((customer) => customer.customer_id));
  for (const [id, row] of rows) if (!staying.has(id)) row.remove(), rows.delete(id);
  customers.forEach((customer, rank) => {
    let row = rows.get(customer.customer_id);
    if (!row) {
      rows.set(customer.customer_id, (row = makeRow(customer)));
      if (!isFirst) row.className = "is-new";
      row.addEventListener("animationend", () => { row.className = ""; }, { once: true });  // else it comes again with every new layout
    }
    fillRow(row, customer, currency);
    if (body.rows[rank] !== row) body.insertBefore(row, body.rows[rank] ?? null);
  });
  setHidden(table, customers.length === 0);
  setHidden(empty, customers.length > 0);
  setText(empty, t(isFiltered(address()) ? "No customer fits these filters." : "Nobody has been scored yet."));
  const hadKeyboard = document.activeElement === more;
  setHidden(more, total <= customers.length || customers.length >= rowsMax);
  setText(more, t`Show more of ${format.count(total)}`);
  if (hadKeyboard && more.hidden) body.lastElementChild?.querySelector(".open").focus();
}

function refresh() {
  if (!snapshot?.store) return;
  if (!isFiltered(address()) && orderNow() === "expected_loss" && !isAscending() && limit === rowsAtOnce) {
    question.drop();
    total = snapshot.store.customers;
    drawCustomers(snapshot.store.at_risk);
    return;
  }
  const params = filterOf(address());
  params.set("sort", orderNow());
  params.set("order", isAscending() ? "asc" : "desc");
  params.set("limit", limit);
  question.put(`/api/v1/customers?${params}`);
}

export function drawAtRisk(newest) {
  snapshot = newest;
  refresh();
}
