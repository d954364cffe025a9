// Rows that could not go on, each with its reason and where it lies; their bytes are in the refused file.

import * as format from "./format.js";
import { setHidden, show } from "./show.js";
import { t } from "./words.js";

const rowsShown = 8;  // the newest; the counts above tell of all
let drawn = "";

function cell(row, text, value, title = "") {
  const made = row.insertCell();
  made.textContent = text;
  if (value !== undefined) made.dataset.value = value ?? "";
  made.title = title;
}

export function drawRefused(snapshot) {
  const { account, refused } = snapshot;
  show("account", t`${format.count(account.rows_read)} read = ${format.count(account.delivered)} delivered + ${
       format.count(account.refused)} refused + ${format.count(account.under_way)} under way`,
       [account.rows_read, account.delivered, account.refused, account.under_way].join(" "));

  const now = JSON.stringify(refused);
  if (now === drawn) return;  // the usual second: nothing new was refused
  drawn = now;
  document.getElementById("refused-reasons").replaceChildren(...[...refused.by_reason].sort((a, b) => b.rows - a.rows).map(({ reason, rows }) => {
    const item = document.createElement("li");
    const number = document.createElement("b");
    number.textContent = format.count(rows);
    item.dataset.value = rows;
    item.append(number, ` ${reason}`);
    return item;
  }));
  document.getElementById("refused-recent").replaceChildren(...refused.recent.slice(0, rowsShown).map((one) => {
    const row = document.createElement("tr");
    row.dataset.testid = "refused_row";
    cell(row, one.reason, one.reason);
    cell(row, one.stage, one.stage);
    cell(row, one.customer_id ?? t("unknown"), one.customer_id);
    cell(row, t`${one.partition}, record ${format.count(one.offset)}`, one.offset);
    cell(row, format.time(one.refused_at), one.refused_at, one.refused_at);
    return row;
  }));
  setHidden(document.getElementById("refused-table"), refused.recent.length === 0);
  setHidden(document.getElementById("refused-empty"), refused.recent.length > 0);
}
