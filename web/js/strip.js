// The strip and its state pill.

import * as format from "./format.js";
import { setText, show } from "./show.js";
import { t } from "./words.js";

export function drawStrip(snapshot) {
  const { flow, account, model } = snapshot;
  show("title", snapshot.title);
  show("rows_per_s", format.amount(flow.rows_per_s), flow.rows_per_s, t("rows that became durable, over the last 5 s"));
  show("p50_ms", format.milliseconds(flow.p50_ms), flow.p50_ms, t("from reading a row to its being durable, over the last 10 s"));
  show("p99_ms", format.milliseconds(flow.p99_ms), flow.p99_ms, t("from reading a row to its being durable, over the last 10 s"));
  show("last_record_at", format.time(snapshot.last_record_at), snapshot.last_record_at, snapshot.last_record_at ?? "");
  show("model", model ? model.fingerprint.slice(0, 8) : format.nothing, model?.fingerprint, model?.fingerprint ?? "");
  show("refused", format.count(account.refused), account.refused);
  const skipped = Object.values(account.skipped).reduce((sum, records) => sum + records, 0);
  const reasons = Object.entries(account.skipped).map(([reason, records]) => `${reason}: ${records}`).join(", ");
  show("skipped", t`${format.count(skipped)} skipped`, skipped, reasons);
  show("time", format.time(snapshot.time), snapshot.time, snapshot.time);
  show("seq", t`snapshot ${snapshot.seq}`, snapshot.seq);
  document.body.dataset.positions = JSON.stringify(snapshot.store?.positions ?? {});
}

export function drawState({ kind, word, note }) {
  if (document.body.dataset.state !== kind) document.body.dataset.state = kind;
  const use = document.getElementById("state-shape");
  if (use.getAttribute("href") !== `#shape-${kind}`) use.setAttribute("href", `#shape-${kind}`);
  setText(document.getElementById("state-word"), word);  // the live region: changes only with the state
  setText(document.getElementById("state-note"), note);
}
