// The one word for what is going on, from what we know: a pure function.

import { duration, time } from "./format.js";

export const staleAfter = 10_000;

// view: { snapshot, arrivedAt, isConnected, retryAt, isPaused, pausedAt, now }, times in ms of this browser's clock.
// Answers { kind, word, note }: the kind picks shape and colour, the word is read aloud, the note may tick.
export function stateOf(view) {
  const { snapshot, now } = view;
  if (!view.isConnected && view.retryAt !== null) {
    const wait = Math.max(0, view.retryAt - now) / 1000;
    return { kind: "disconnected", word: "Disconnected", note: wait >= 1 ? `trying again in ${duration(wait)}` : "trying again" };
  }
  if (!snapshot) return { kind: "starting", word: "Connecting", note: "" };
  // Ages by the server's clock, then by ours since the snapshot came: the two clocks are never compared.
  const sinceArrival = now - view.arrivedAt;
  const updated = `updated ${duration(sinceArrival / 1000)} ago`;
  if (view.isPaused) return { kind: "paused", word: "Paused", note: `showing ${time(view.shownTime)}` };
  if (snapshot.state === "finished") return { kind: "finished", word: `Finished at ${time(snapshot.finished_at)}`, note: "" };
  if (snapshot.state === "failed") return { kind: "failed", word: `Failed at ${time(snapshot.finished_at)}`, note: "" };
  const lastSign = snapshot.last_record_at ?? snapshot.started_at;
  const quiet = Date.parse(snapshot.time) - Date.parse(lastSign) + sinceArrival;
  if (sinceArrival > staleAfter || quiet > staleAfter)
    return { kind: "stale", word: `Stale since ${time(lastSign)}`, note: `no record for ${duration(quiet / 1000)}` };
  if (snapshot.state === "starting") return { kind: "starting", word: "Starting", note: updated };
  if (snapshot.state === "stopping") return { kind: "live", word: "Stopping", note: updated };
  return { kind: "live", word: "Live", note: updated };
}
