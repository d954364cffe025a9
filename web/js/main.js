// Puts the page together: snapshots come in, at most one is drawn per frame, a second hand keeps the ages right.

import { drawAtRisk } from "./at_risk_table.js";
import { drawCards } from "./cards.js";
import { connect } from "./connection.js";
import { drawFlowLine } from "./flow_line.js";
import { drawHistogram } from "./histogram.js";
import { drawRefused } from "./refused_panel.js";
import { drawSinks } from "./sinks_panel.js";
import { stateOf } from "./state.js";
import { drawState, drawStrip } from "./strip.js";

const view = { snapshot: null, arrivedAt: 0, shownTime: null, isConnected: false, retryAt: null, isPaused: false };
let isFrameAsked = false;

function drawStateNow() {
  const state = stateOf({ ...view, now: performance.now() });
  drawState(state);
  const title = view.snapshot?.title ?? "Churnstream";
  if (document.title !== `${state.word} · ${title}`) document.title = `${state.word} · ${title}`;
}

function drawFrame() {
  isFrameAsked = false;
  drawStateNow();
  if (!view.snapshot || view.isPaused) return;
  const { snapshot } = view;
  view.shownTime = snapshot.time;
  for (const draw of [drawStrip, drawCards, drawAtRisk, drawHistogram, drawFlowLine, drawSinks, drawRefused]) draw(snapshot);
}

function askForFrame() {
  if (isFrameAsked) return;
  isFrameAsked = true;
  requestAnimationFrame(drawFrame);
}

connect("/api/v1/events", {
  onSnapshot(snapshot) {
    Object.assign(view, { snapshot, arrivedAt: performance.now(), isConnected: true, retryAt: null });
    askForFrame();
  },
  onOpen() {
    Object.assign(view, { isConnected: true, retryAt: null });
    askForFrame();
  },
  onLost(pause) {
    Object.assign(view, { isConnected: false, retryAt: performance.now() + pause });
    askForFrame();
  },
});

const button = document.getElementById("pause");
button.addEventListener("click", () => {
  view.isPaused = !view.isPaused;
  button.setAttribute("aria-pressed", String(view.isPaused));
  askForFrame();
});

setInterval(drawStateNow, 500);
