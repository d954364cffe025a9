// The numbers of the customers that the filters choose, put where a snapshot has those of all: one question, by risk
// band and bin of probability, has them all. Bands of uncertainty and changes are known for all customers alone.

import { address, filterOf, isFiltered, onAddressChange } from "./address.js";
import { Question } from "./question.js";
import { setText } from "./show.js";
import { t } from "./words.js";

const bins = 20;
const told = document.getElementById("chosen");
let chosen = null;

const question = new Question({
  draw(answer) { chosen = addedUp(answer.cells); },
  fail(sentence) { setText(told, t`The chosen customers cannot be counted: ${sentence}`); },
});
onAddressChange(() => { chosen = null; });

function addedUp(cells) {
  const sums = { customers: 0, flagged: 0, expected_churners: 0, revenue: 0, revenue_at_risk: 0, bands: {}, histogram: Array(bins).fill(0) };
  for (const { values: [band, bin], customers, flagged, mean_probability, value, revenue_at_risk } of cells) {
    sums.customers += customers;
    sums.flagged += flagged;
    sums.expected_churners += (mean_probability ?? 0) * customers;
    sums.revenue += value ?? 0;
    sums.revenue_at_risk += revenue_at_risk ?? 0;
    sums.bands[band] = (sums.bands[band] ?? 0) + customers;
    if (bin !== null) sums.histogram[Number(bin)] += customers;
  }
  return sums;
}

const share = (part, whole) => (whole > 0 ? part / whole : null);

export function withChosen(snapshot) {
  if (!snapshot.store || !isFiltered(address())) {
    setText(told, "");
    question.drop();
    return snapshot;
  }
  const params = filterOf(address());
  params.set("by", "risk_band,probability");
  question.put(`/api/v1/segments?${params}`);
  if (!chosen) return { ...snapshot, store: null, isWaiting: true };
  setText(told, t`${chosen.customers} of ${snapshot.store.customers} customers`);
  return { ...snapshot, store: {
    ...snapshot.store, ...chosen, events: null, before: null, expected_churners_band: null, revenue_at_risk_band: null,
    flagged_share: share(chosen.flagged, chosen.customers), revenue_share: share(chosen.revenue_at_risk, chosen.revenue),
  } };
}
