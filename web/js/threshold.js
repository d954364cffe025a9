// The line of the threshold over the spread of risk, moved by hand or by keys, and what it would have meant for customers
// of whom it is known whether they left: sums of bins of 1 %, exact at every place the line can have.

import { address, change, onAddressChange } from "./address.js";
import * as format from "./format.js";
import { margin } from "./histogram.js";
import { Question } from "./question.js";
import { setHidden, setText, show } from "./show.js";
import { fontSize } from "./theme.js";
import { t } from "./words.js";

const steps = 100;
const fewestForARate = 20;  // a share of fewer customers says nothing
const restsFor = 250;       // ms, until the address takes what the hand has left
const line = document.getElementById("threshold");
const figures = document.getElementById("outcomes");
const told = document.getElementById("outcomes-told");
let shown = null, outcomes = null, underHand = null, later = 0;

const question = new Question({
  draw(answer) { outcomes = answer; draw(); },
  fail(sentence) { setText(told, t`Who really left cannot be shown: ${sentence}`); },
});

const within = (step) => Math.min(steps - 1, Math.max(0, Math.round(step)));
const modelStep = () => within((shown?.model?.threshold ?? 0.5) * steps);

function stepNow() {
  if (underHand !== null) return underHand;
  const asked = address().threshold;
  return asked !== "" && Number.isFinite(Number(asked)) ? within(Number(asked) * steps) : modelStep();
}

// Of those known: who would be called from this step on, and who of them left.
export function judge({ bins, campaign }, step) {
  const sums = { called: 0, hits: 0, left: 0, customers: 0, value: 0, valueLeft: 0 };
  bins.forEach(({ left, stayed, value_left }, bin) => {
    sums.customers += left + stayed;
    sums.left += left;
    sums.valueLeft += value_left ?? 0;
    if (bin < step) return;
    sums.called += left + stayed;
    sums.hits += left;
    sums.value += value_left ?? 0;
  });
  const { customer_value, offer_cost, contact_cost, acceptance } = campaign;
  return {
    ...sums,
    precision: sums.called > 0 ? sums.hits / sums.called : null,
    recall: sums.left > 0 ? sums.hits / sums.left : null,
    profit: sums.hits * (acceptance * (customer_value - offer_cost) - contact_cost) - (sums.called - sums.hits) * (offer_cost + contact_cost),
  };
}

function drawKnown() {
  const step = stepNow(), found = judge(outcomes, step), money = (value) => format.money(value, shown?.currency);
  const precision = found.called >= fewestForARate ? format.percent(found.precision) : format.nothing;
  const recall = found.left >= fewestForARate ? format.percent(found.recall) : format.nothing;
  show("outcome_called", t`${format.count(found.called)} of ${format.count(found.customers)}, ${format.percent(found.called / found.customers)}`, found.called);
  show("outcome_precision", precision, found.called >= fewestForARate ? found.precision : null);
  show("outcome_recall", recall, found.left >= fewestForARate ? found.recall : null);
  show("outcome_value", t`${money(found.value)} of ${money(found.valueLeft)}`, found.value);
  show("outcome_profit", money(found.profit), found.profit);
  const { customer_value, offer_cost, contact_cost, acceptance } = outcomes.campaign;
  setText(told, t`Against ${format.count(outcomes.customers)} customers known to have left or stayed, whatever is chosen above. Profit if one who is kept is worth ${money(customer_value)}, an offer costs ${money(offer_cost)}, a call ${money(contact_cost)}, and ${format.wholePercent(acceptance)} of those about to leave stay when called.`);
  line.style.left = `calc(${margin.left}rem + ${step / steps} * (100% - ${margin.left + margin.right}rem))`;
  line.style.top = `${margin.top}rem`;
  line.style.bottom = `${margin.bottom}rem`;
  line.setAttribute("aria-valuenow", String(step));
  line.setAttribute("aria-valuetext", t`${step} %: ${format.count(found.called)} would be called, precision ${precision}, recall ${recall}`);
}

function draw() {
  if (!outcomes) return;
  const isKnown = outcomes.state === "known";
  setHidden(line, !isKnown);
  setHidden(figures, !isKnown);
  if (isKnown) drawKnown();
  else if (outcomes.state === "too_few") setText(told, t`Fewer than ${outcomes.least} customers are known to have left or stayed: too few to compare with.`);
  else setText(told, t("Who really left is not kept. [outcomes] in the pipeline file keeps it; then precision, recall and profit of a threshold stand here."));
}

export function drawThreshold(snapshot) {
  shown = snapshot;
  if (snapshot.store) question.put("/api/v1/outcomes");
  draw();
}

function put(step) {
  underHand = within(step);
  clearTimeout(later);
  draw();
}
// Once the hand rests: a browser takes an address only so often.
function keep() {
  clearTimeout(later);
  later = setTimeout(() => {
    const step = underHand;
    underHand = null;
    if (step !== null) change({ threshold: step === modelStep() ? "" : (step / steps).toFixed(2) });
  }, restsFor);
}

line.addEventListener("pointerdown", (event) => {
  line.setPointerCapture(event.pointerId);
  line.focus();
  event.preventDefault();
});
line.addEventListener("pointermove", (event) => {
  if (!line.hasPointerCapture(event.pointerId)) return;
  const place = line.parentElement.getBoundingClientRect();
  const inside = place.width - fontSize(margin.left) - fontSize(margin.right);
  put((event.clientX - place.left - fontSize(margin.left)) / inside * steps);
});
line.addEventListener("lostpointercapture", keep);

const ways = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10, Home: -steps, End: steps };
line.addEventListener("keydown", (event) => {
  if (!Object.hasOwn(ways, event.key) || event.ctrlKey || event.altKey || event.metaKey) return;
  event.preventDefault();
  put(stepNow() + ways[event.key]);
  keep();
});
onAddressChange(draw);
