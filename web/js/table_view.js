// The figures of a chart as a table, for who cannot see the chart or wants the digits. Cells are changed where they are,
// so that a selection and the place of a screen reader stay.

import { setValue } from "./show.js";

// Makes the body of `table` hold `rows`, each a list of { text, value }; the first of each is the row's name.
export function fillTable(table, rows) {
  const body = table.tBodies[0];
  while (body.rows.length > rows.length) body.lastElementChild.remove();
  while (body.rows.length < rows.length) body.append(makeRow(rows[0].length));
  rows.forEach((cells, place) => cells.forEach(({ text, value }, column) => setValue(body.rows[place].cells[column], text, value)));
}

function makeRow(width) {
  const row = document.createElement("tr"), name = document.createElement("th");
  name.scope = "row";
  row.append(name);
  for (let column = 1; column < width; ++column) row.insertCell().className = "number";
  return row;
}

// What a chart says, as one sentence for who hears it.
export function describe(place, sentence) {
  if (place.getAttribute("aria-label") !== sentence) place.setAttribute("aria-label", sentence);
}
