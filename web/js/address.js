// What is looked at lives in the page's address: filters, order, the open customer, segments, theme and pause. A link
// shows somebody else the same; going back closes what was opened.

const names = ["search", "band", "flagged", "sort", "order", "customer", "by", "threshold", "tab", "window", "theme", "lang", "paused"];  // each at most once
const listeners = new Set();
let state = read();

function read() {
  const sent = new URLSearchParams(location.search);
  const found = { where: sent.getAll("where"), kiosk: sent.has("kiosk") };
  for (const name of names) found[name] = sent.get(name) ?? "";
  return found;
}

function written() {
  const params = new URLSearchParams();
  for (const name of names) if (state[name]) params.set(name, state[name]);
  for (const one of state.where) params.append("where", one);
  if (state.kiosk) params.set("kiosk", "");
  const text = params.toString();
  return location.pathname + (text ? `?${text}` : "");
}

function tell() {
  for (const listener of listeners) listener(state);
}

export const address = () => state;

// With `asStep` the way back leads to what was before.
export function change(changes, { asStep = false } = {}) {
  state = { ...state, ...changes };
  history[asStep ? "pushState" : "replaceState"](null, "", written());
  tell();
}

export function onAddressChange(listener) {
  listeners.add(listener);
}

addEventListener("popstate", () => {
  state = read();
  tell();
});

// Which customers are meant, as the API's parameters.
export function filterOf({ search, band, flagged, where }) {
  const params = new URLSearchParams();
  if (search) params.set("search", search);
  if (band) params.set("band", band);
  if (flagged) params.set("flagged", flagged);
  for (const one of where) params.append("where", one);
  return params;
}
export const isFiltered = (state) => filterOf(state).size > 0;
