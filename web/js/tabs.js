// The views of the page as tabs: arrow keys, Home and End move between them, one stands in the tab order, and which one is
// open lives in the address.

import { address, change, onAddressChange } from "./address.js";
import { setHidden } from "./show.js";

const list = document.getElementById("tabs");
const tabs = [...list.querySelectorAll('[role="tab"]')];
const moves = { ArrowRight: (at) => (at + 1) % tabs.length, ArrowLeft: (at) => (at + tabs.length - 1) % tabs.length, Home: () => 0, End: () => tabs.length - 1 };

// A tab that nobody knows is the first one.
export const openTab = () => (tabs.find((tab) => tab.dataset.tab === address().tab) ?? tabs[0]).dataset.tab;

function follow() {
  for (const tab of tabs) {
    const isOpen = tab.dataset.tab === openTab();
    tab.setAttribute("aria-selected", String(isOpen));
    tab.tabIndex = isOpen ? 0 : -1;
    setHidden(document.getElementById(tab.getAttribute("aria-controls")), !isOpen);
  }
}

list.addEventListener("click", (event) => {
  const tab = event.target.closest('[role="tab"]');
  if (tab) change({ tab: tab.dataset.tab });
});
list.addEventListener("keydown", (event) => {
  const move = moves[event.key], at = tabs.indexOf(event.target);
  if (!move || at < 0) return;
  event.preventDefault();
  const next = tabs[move(at)];
  next.focus();
  change({ tab: next.dataset.tab });
});
// The strip's link leads to the refused rows, wherever one is.
document.querySelector('[href="#refused"]').addEventListener("click", () => change({ tab: "" }));
onAddressChange(follow);
follow();
