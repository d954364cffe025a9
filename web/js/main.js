// Puts the page together: snapshots come in, at most one is drawn per frame, a second hand keeps the ages right. The first
// frame shows the strip and the cards; everything else of the page comes behind it.

import "./words.js";
import { address, change, isFiltered, onAddressChange } from "./address.js";
import { drawCards } from "./cards.js";
import { connect } from "./connection.js";
import { stateOf } from "./state.js";
import { drawState, drawStrip } from "./strip.js";

const view = { snapshot: null, arrivedAt: 0, shownTime: null, isConnected: false, retryAt: null, isPaused: false };
let isFrameAsked = false;
let isListening = false;
let panels = null;  // js/panels.js, as soon as it is there
let loading = null;

function loadPanels() {
  loading ??= import("./panels.js").then((loaded) => {
    panels = loaded;
    askForFrame();
  }).catch(() => { loading = null; });  // the line is cut: with the next snapshot again
}

function drawStateNow() {
  const state = stateOf({ ...view, now: performance.now() });
  drawState(state);
  const title = view.snapshot?.title ?? "Churnstream";
  if (document.title !== `${state.word} · ${title}`) document.title = `${state.word} · ${title}`;
}

function drawFrame() {
  isFrameAsked = false;
  if (panels) document.body.dataset.complete = "";
  drawStateNow();
  if (view.isPaused) showTheRest();
  if (!view.snapshot || view.isPaused) return;
  const { snapshot } = view;
  view.shownTime = snapshot.time;
  drawStrip(snapshot);
  if (panels) panels.drawPanels(snapshot);
  else if (!isFiltered(address())) drawCards(snapshot);
  requestAnimationFrame(() => setTimeout(showTheRest));
}

// Whatever the first frame can do without.
function showTheRest() {
  listen();
  if (panels) panels.loadCharts();
  else loadPanels();
}

function askForFrame() {
  if (isFrameAsked) return;
  isFrameAsked = true;
  requestAnimationFrame(drawFrame);
}

function listen() {
  if (isListening) return;
  isListening = true;
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
}

window.firstSnapshot.then((snapshot) => {
  if (!view.snapshot) Object.assign(view, { snapshot, arrivedAt: performance.now() });  // a paused page listens already
  askForFrame();
  if (!snapshot || document.hidden) listen();  // no frame is drawn that it could come behind
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
