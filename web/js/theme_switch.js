// Light, dark or as the system says, and high contrast. The choice lives in the address and is kept for the next visit.

import { address, change, onAddressChange } from "./address.js";

const chooser = document.getElementById("theme");

function follow() {
  chooser.value = window.setTheme();
  document.documentElement.toggleAttribute("data-kiosk", address().kiosk);
  dispatchEvent(new Event("themechange"));
}
chooser.addEventListener("change", () => {
  try { localStorage.setItem("theme", chooser.value); } catch { /* the address keeps it */ }
  change({ theme: chooser.value });
});
for (const wish of ["(prefers-color-scheme: dark)", "(prefers-contrast: more)"]) matchMedia(wish).addEventListener("change", follow);
onAddressChange(follow);
follow();
