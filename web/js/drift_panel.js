// Whether the customers who stream by are still those the model learned from: every column's stability index beside what
// chance alone makes of it, the worst first.

import * as format from "./format.js";
import { setHidden, setText, setValue, shape } from "./show.js";
import { t } from "./words.js";

const rows = document.getElementById("drift-rows");
const aside = document.getElementById("drift-aside");
const barEnds = 0.5;  // an index that fills its bar: twice what asks for action
const verdicts = {
  too_few: ["starting", "too few rows"], stable: ["finished", "stable"], look: ["failed", "look"], act: ["failed", "act"],
};
const digits = (value) => value.toFixed(3);

function makeRow() {
  const row = document.createElement("tr");
  row.dataset.testid = "drift_row";
  const name = document.createElement("th");
  name.scope = "row";
  row.append(name, ...["psi", "noise", "verdict"].map((part) => {
    const cell = document.createElement("td");
    cell.dataset.testid = `drift_${part}`;
    if (part !== "verdict") cell.className = "number";
    return cell;
  }));
  const share = document.createElement("span");
  share.className = "share";
  share.append(document.createElement("i"), document.createElement("span"));
  row.cells[1].append(share);
  return row;
}

function fillRow(row, { column, psi, noise, verdict }) {
  const [name, index, chance, says] = row.cells;
  setText(name, column === "score" ? t(column) : column);
  row.dataset.column = column;
  const share = index.firstChild;
  setText(share.lastChild, digits(psi));
  share.firstChild.style.setProperty("--share", Math.min(1, psi / barEnds));
  index.dataset.value = psi;
  setValue(chance, digits(noise), noise);
  if (row.dataset.verdict === verdict) return;
  row.dataset.verdict = verdict;
  const [mark, word] = verdicts[verdict];
  says.replaceChildren(shape(mark, "mark-of"), t(word));
}

export function drawDrift(snapshot) {
  const { drift } = snapshot;
  setHidden(document.getElementById("drift"), !drift);
  if (!drift) return;
  const found = [...(drift.score ? [drift.score] : []), ...drift.columns];
  setText(aside, drift.rows < drift.rows_min ? t`${format.count(drift.rows)} rows: a verdict comes from ${drift.rows_min} on`
                                             : t`the newest ${format.count(drift.rows)} rows looked at`);
  while (rows.rows.length > found.length) rows.lastElementChild.remove();
  while (rows.rows.length < found.length) rows.append(makeRow());
  found.forEach((one, place) => fillRow(rows.rows[place], one));
}
