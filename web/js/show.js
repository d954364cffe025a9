// Puts values on the page. Touches the document only where something changed, so that nothing flickers and a
// selection stays.

const found = new Map();
function place(name) {
  if (!found.has(name)) found.set(name, document.querySelector(`[data-testid="${name}"]`));
  return found.get(name);
}

export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

// `value` is kept to its last digit for whoever needs it exactly: tests, and people who look into the page.
export function setValue(element, text, value) {
  setText(element, text);
  const exact = value === null || value === undefined ? "" : String(value);
  if (element.dataset.value !== exact) element.dataset.value = exact;
}

export function show(name, text, value = null, title = "") {
  const element = place(name);
  setValue(element, text, value);
  if (element.title !== title) element.title = title;
}

export function setHidden(element, hidden) {
  if (element.hidden !== hidden) element.hidden = hidden;
}

export function shape(name, className) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `#shape-${name}`);
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", className ?? name);
  svg.append(use);
  return svg;
}
