// The four cards: how many customers, how many at risk, how many will leave, what it costs.

import * as format from "./format.js";
import { setHidden, setText, show } from "./show.js";
import { t } from "./words.js";

const fewestForARate = 20;  // a share of fewer customers says nothing

export function drawCards(snapshot) {
  drawNotice(snapshot);
  const { store, currency } = snapshot;
  if (!store) return;
  const before = store.before ?? { seconds_ago: 0 };
  const money = (value) => format.money(value, currency);
  const moved = (name, show_as) => format.change(store[name], before[name], before.seconds_ago, show_as);

  show("customers", format.count(store.customers), store.customers);
  show("customers_change", moved("customers", format.count), store.customers - (before.customers ?? 0));
  show("events", format.count(store.events), store.events);
  setHidden(document.getElementById("events-line"), store.events === null);

  const hasRate = store.customers >= fewestForARate;
  show("flagged_share", hasRate ? format.percent(store.flagged_share) : format.nothing, store.flagged_share,
       hasRate ? t`${store.flagged} of ${store.customers}` : t`shown from ${fewestForARate} customers on`);
  show("flagged_share_change", hasRate ? moved("flagged_share", (share) => t`${(share * 100).toFixed(1)} points`) : "");
  show("flagged", format.count(store.flagged), store.flagged);
  const threshold = snapshot.model?.threshold;
  show("threshold", threshold === undefined ? format.nothing : `p ≥ ${threshold.toFixed(2)}`, threshold);

  show("expected_churners", format.amount(store.expected_churners), store.expected_churners);
  show("expected_churners_band", format.band(store.expected_churners_band, store.expected_churners), store.expected_churners_band,
       t("19 times in 20, if customers leave independently of one another"));
  show("expected_churners_change", moved("expected_churners", format.amount));

  show("revenue_at_risk", money(store.revenue_at_risk), store.revenue_at_risk);
  show("revenue_at_risk_band", store.revenue_at_risk_band === null ? "" : `± ${money(store.revenue_at_risk_band)}`, store.revenue_at_risk_band,
       t("19 times in 20, if customers leave independently of one another"));
  show("revenue_at_risk_change", moved("revenue_at_risk", money));
  show("revenue_share", format.percent(store.revenue_share), store.revenue_share);
  show("revenue", money(store.revenue), store.revenue);

  for (const band of ["low", "medium", "high"])
    show(`band_${band}`, format.count(store.bands[band] ?? 0), store.bands[band] ?? 0);
}

function drawNotice(snapshot) {
  const notice = document.getElementById("notice");
  const troubled = snapshot.sinks.filter((sink) => sink.circuit === "trying_again" || sink.circuit === "given_up");
  let text = "";
  if (snapshot.failure) text = t`The run ended: ${snapshot.failure}`;
  else if (snapshot.store_error) text = t`The store cannot be read: ${snapshot.store_error}`;
  else if (troubled.length > 0)
    text = troubled.map((sink) => t`${sink.name} has not taken rows since ${format.time(sink.since)}: ${sink.reason || sink.state}`).join("; ");
  else if (!snapshot.store && !snapshot.isWaiting) text = t("This run keeps no store that the page can read, so the cards, the table and the spread stay empty.");
  setText(notice, text);
  setHidden(notice, text === "");
}
