// Puts the page together: snapshots come in, at most one is drawn per frame, a second hand keeps the ages right.

import "./words.js";
import { address, change, onAddressChange } from "./address.js";
import { drawAtRisk } from "./at_risk_table.js";
import { drawCards } from "./cards.js";
import { loadCharts } from "./charts.js";
import { withChosen } from "./chosen.js";
import { connect } from "./connection.js";
import { drawCustomer } from "./customer_panel.js";
import { drawDrift } from "./drift_panel.js";
import "./filters.js";
import { drawFlowLine } from "./flow_line.js";
import { drawHeatMap } from "./heat_map.js";
import { drawHistogram } from "./histogram.js";
import { drawModel } from "./model_panel.js";
import { drawOriginal } from "./original_report.js";
import { drawRefused } from "./refused_panel.js";
import { drawSinks } from "./sinks_panel.js";
import { stateOf } from "./state.js";
import { drawState, drawStrip } from "./strip.js";
import "./theme_switch.js";
import { drawThreshold } from "./threshold.js";

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
  for (const draw of [drawStrip, drawAtRisk, drawHeatMap, drawModel, drawOriginal, drawDrift, drawFlowLine, drawSinks, drawRefused, drawCustomer, drawThreshold]) draw(snapshot);
  for (const draw of [drawCards, drawHistogram]) draw(withChosen(snapshot));
  requestAnimationFrame(() => setTimeout(loadCharts));
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
button.addEventListener("click", () => change({ paused: view.isPaused ? "" : "1" }));
function follow({ paused }) {
  view.isPaused = paused !== "";
  button.setAttribute("aria-pressed", String(view.isPaused));
  askForFrame();
}
onAddressChange(follow);
follow(address());

setInterval(drawStateNow, 500);
