// The bar that chooses customers: search, band, the segments chosen in the heat map. All of it lives in the address.

import { address, change, isFiltered, onAddressChange } from "./address.js";
import { exportCustomers } from "./export.js";
import { setHidden, setText } from "./show.js";
import { t } from "./words.js";

const search = document.getElementById("search");
const band = document.getElementById("band");
const chips = document.getElementById("chips");
const clear = document.getElementById("clear");
const exporter = document.getElementById("export");
const told = document.getElementById("export-told");

search.addEventListener("input", () => change({ search: search.value.trim() }));
band.addEventListener("change", () => change({ band: band.value }));
clear.addEventListener("click", () => {
  change({ search: "", band: "", flagged: "", where: [] });
  search.focus();
});
exporter.addEventListener("click", async () => {
  if (exporter.getAttribute("aria-disabled") === "true") return;
  exporter.setAttribute("aria-disabled", "true");  // a button that is switched off would lose the keyboard
  try {
    setText(told, t`${await exportCustomers(address())} customers written`);
  } catch (error) {
    setText(told, t`Not written: ${error.message}`);
  }
  exporter.removeAttribute("aria-disabled");
});

function chip(one) {
  const item = document.createElement("li"), button = document.createElement("button");
  button.type = "button";
  button.textContent = `${one.replace(":", ": ")} ×`;
  button.setAttribute("aria-label", t`no longer ${one}`);
  button.addEventListener("click", () => change({ where: address().where.filter((other) => other !== one) }));
  item.append(button);
  return item;
}

// The keyboard stays where chips are, or goes to the search when the last one is gone.
function drawChips({ where }) {
  const at = [...chips.querySelectorAll("button")].indexOf(document.activeElement);
  chips.replaceChildren(...where.map(chip));
  if (at >= 0) ([...chips.querySelectorAll("button")].at(Math.min(at, where.length - 1)) ?? search).focus();
}

function draw(state) {
  if (search.value.trim() !== state.search) search.value = state.search;
  band.value = state.band;
  drawChips(state);
  setHidden(clear, !isFiltered(state));
  setText(told, "");
}
onAddressChange(draw);
draw(address());
