// The one word for what is going on, from what we know: a pure function.

import { duration, time } from "./format.js";
import { t } from "./words.js";

export const staleAfter = 10_000;

// view: { snapshot, arrivedAt, isConnected, retryAt, isPaused, pausedAt, now }, times in ms of this browser's clock.
// Answers { kind, word, note }: the kind picks shape and colour, the word is read aloud, the note may tick.
export function stateOf(view) {
  const { snapshot, now } = view;
  if (!view.isConnected && view.retryAt !== null) {
    const wait = Math.max(0, view.retryAt - now) / 1000;
    return { kind: "disconnected", word: t("Disconnected"), note: wait >= 1 ? t`trying again in ${duration(wait)}` : t("trying again") };
  }
  if (!snapshot) return { kind: "starting", word: t("Connecting"), note: "" };
  // Ages by the server's clock, then by ours since the snapshot came: the two clocks are never compared.
  const sinceArrival = now - view.arrivedAt;
  const updated = t`updated ${duration(sinceArrival / 1000)} ago`;
  if (view.isPaused) return { kind: "paused", word: t("Paused"), note: t`showing ${time(view.shownTime)}` };
  if (snapshot.state === "finished") return { kind: "finished", word: t`Finished at ${time(snapshot.finished_at)}`, note: "" };
  if (snapshot.state === "failed") return { kind: "failed", word: t`Failed at ${time(snapshot.finished_at)}`, note: "" };
  const lastSign = snapshot.last_record_at ?? snapshot.started_at;
  const quiet = Date.parse(snapshot.time) - Date.parse(lastSign) + sinceArrival;
  if (sinceArrival > staleAfter || quiet > staleAfter)
    return { kind: "stale", word: t`Stale since ${time(lastSign)}`, note: t`no record for ${duration(quiet / 1000)}` };
  if (snapshot.state === "starting") return { kind: "starting", word: t("Starting"), note: updated };
  if (snapshot.state === "stopping") return { kind: "live", word: t("Stopping"), note: updated };
  return { kind: "live", word: t("Live"), note: updated };
}
