// Customers by two of their columns: the colour is the mean probability, the text how many and what they cost. A cell
// chooses its customers everywhere on the page; chosen again it lets them go.

import { address, change, filterOf, onAddressChange } from "./address.js";
import * as format from "./format.js";
import { Question } from "./question.js";
import { setHidden, setText } from "./show.js";
import { t } from "./words.js";

const fewestForARate = 20;
const table = document.getElementById("heat-map");
const trouble = document.getElementById("heat-map-trouble");
const switches = document.getElementById("segments");
let currency = "";
let offered = [];  // ["Contract,InternetService", ...]
let shown = "";    // of the answer that is drawn
let newest = null;

const axesOf = (by) => by.split(",").map((axis) => ({ column: axis.split(":")[0], width: Number(axis.split(":")[1] ?? 0) }));
const titleOf = (by) => axesOf(by).map((axis) => axis.column).join(" × ");
const labelOf = (axis, value) => (value === null ? t("unknown") : axis.width ? t`${value} to ${Number(value) + axis.width}` : value);
const wishOf = (axis, value) => `${axis.column}:${axis.width ? `${value}..${Number(value) + axis.width}` : value}`;
const inOrder = (values) => [...new Set(values)];

const question = new Question({
  draw(answer) {
    setText(trouble, "");
    newest = answer;
    draw(answer);
  },
  fail: (sentence) => setText(trouble, t`The segments cannot be shown: ${sentence}`),
});

const chosenBy = () => (offered.includes(address().by) ? address().by : offered[0]);

function makeCell(wishes, cell) {
  const place = document.createElement("td");
  const isFew = !cell || cell.customers < fewestForARate;
  place.dataset.testid = "segment";
  if (isFew) {
    place.textContent = cell ? t`fewer than ${fewestForARate}` : t("nobody");
    place.className = "few";
    return place;
  }
  const button = document.createElement("button");
  const isChosen = wishes.every((wish) => address().where.includes(wish));
  button.type = "button";
  button.setAttribute("aria-pressed", String(isChosen));
  button.dataset.step = String(Math.min(5, Math.floor(cell.mean_probability * 7.5)));
  Object.assign(button.dataset, { customers: cell.customers, mean: cell.mean_probability, wishes: wishes.join("\n") });
  const share = document.createElement("b"), rest = document.createElement("span");
  share.textContent = format.wholePercent(cell.mean_probability);
  rest.textContent = cell.revenue_at_risk === null ? t`${format.count(cell.customers)} customers`
    : t`${format.count(cell.customers)} customers, ${format.money(cell.revenue_at_risk, currency)} at risk`;
  button.append(share, rest);
  place.append(button);
  return place;
}

function heading(text, scope) {
  const cell = document.createElement("th");
  cell.scope = scope;
  cell.textContent = text;
  return cell;
}

function draw(answer) {
  const [down, across] = axesOf(chosenBy());
  if (answer.by[0] !== down.column || answer.by[1] !== across.column) return;
  const focused = table.contains(document.activeElement) ? document.activeElement.dataset.wishes : null;
  const text = JSON.stringify([answer, address().where, currency]);
  if (text === shown) return;
  shown = text;
  const cells = new Map(answer.cells.map((cell) => [JSON.stringify(cell.values), cell]));
  const columns = inOrder(answer.cells.map((cell) => cell.values[1])).sort(compare);
  const head = document.createElement("tr");
  head.append(heading(`${down.column} \\ ${across.column}`, "col"), ...columns.map((value) => heading(labelOf(across, value), "col")));
  const rows = inOrder(answer.cells.map((cell) => cell.values[0])).map((value) => {
    const row = document.createElement("tr");
    row.append(heading(labelOf(down, value), "row"), ...columns.map((other) =>
      makeCell([wishOf(down, value), wishOf(across, other)], cells.get(JSON.stringify([value, other])))));
    return row;
  });
  table.tHead.replaceChildren(head);
  table.tBodies[0].replaceChildren(...rows);
  if (focused) [...table.querySelectorAll("button")].find((button) => button.dataset.wishes === focused)?.focus();
}
const compare = (one, other) => (one === null) - (other === null) || Number(one) - Number(other) || String(one).localeCompare(String(other));

table.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  const wishes = button.dataset.wishes.split("\n"), { where } = address();
  const others = where.filter((one) => !wishes.some((wish) => wish.split(":")[0] === one.split(":")[0]));
  change({ where: wishes.every((wish) => where.includes(wish)) ? others : [...others, ...wishes] });
});

// The map shows all cells of the other filters, also those that are not chosen.
function refresh() {
  if (offered.length === 0) return;
  const columns = axesOf(chosenBy()).map((axis) => axis.column);
  const where = address().where.filter((one) => !columns.includes(one.split(":")[0]));
  const params = filterOf({ ...address(), where });
  params.set("by", chosenBy());
  question.put(`/api/v1/segments?${params}`);
}

function drawSwitches() {
  switches.replaceChildren(...offered.map((by) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = titleOf(by);
    button.setAttribute("aria-pressed", String(by === chosenBy()));
    button.addEventListener("click", () => change({ by }));
    return button;
  }));
}

export function drawHeatMap(snapshot) {
  currency = snapshot.currency;
  if (JSON.stringify(snapshot.segments ?? []) !== JSON.stringify(offered)) {
    offered = snapshot.segments ?? [];
    drawSwitches();
  }
  setHidden(document.getElementById("segments-panel"), offered.length === 0 || !snapshot.store);
  if (snapshot.store) refresh();
}
onAddressChange(() => {
  for (const [index, button] of [...switches.children].entries()) button.setAttribute("aria-pressed", String(offered[index] === chosenBy()));
  if (newest) draw(newest);
  refresh();
});
