// How each sink stands: whether it takes rows, since when, what waits for it and what it was left out of.

import * as format from "./format.js";
import { setText, setValue } from "./show.js";
import { t } from "./words.js";

const words = { opening: "opening", working: "working", trying_again: "trying again", given_up: "given up" };
const names = ["name", "circuit", "waiting", "left_out", "error"];
const rows = new Map();

function rowOf(name) {
  if (rows.has(name)) return rows.get(name);
  const row = document.createElement("tr");
  row.dataset.testid = "sink_row";
  const cells = Object.fromEntries(names.map((cell) => [cell, row.insertCell()]));
  for (const [cell, element] of Object.entries(cells)) element.dataset.testid = `sink_${cell}`;
  cells.waiting.className = cells.left_out.className = "number";
  rows.set(name, { row, ...cells });
  return rows.get(name);
}

export function drawSinks({ sinks }) {
  const body = document.getElementById("sinks-rows");
  for (const [index, sink] of sinks.entries()) {
    const shown = rowOf(sink.name);
    if (body.children[index] !== shown.row) body.insertBefore(shown.row, body.children[index] ?? null);
    if (shown.row.dataset.circuit !== sink.circuit) shown.row.dataset.circuit = sink.circuit;
    setValue(shown.name, sink.name, sink.name);
    setValue(shown.circuit, t`${t(words[sink.circuit] ?? sink.circuit)} since ${format.time(sink.since)}`, sink.circuit);
    setValue(shown.waiting, format.count(sink.rows_waiting), sink.rows_waiting);
    setValue(shown.left_out, format.count(sink.rows_left_out), sink.rows_left_out);
    setText(shown.error, sink.last_error);
  }
  for (const [name, { row }] of rows)  // another run stands behind the same address
    if (!sinks.some((sink) => sink.name === name)) {
      row.remove();
      rows.delete(name);
    }
}
