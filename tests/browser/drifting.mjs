// The drift panel against the store and the model: every column's index made anew from the rows that were stored.

import assert from "node:assert/strict";

function psi(reference, current) {
  const bins = [...reference.keys()].filter((bin) => reference[bin] > 0 || current[bin] > 0);
  const all = (counts) => bins.reduce((sum, bin) => sum + counts[bin] + 0.5, 0);
  return bins.reduce((sum, bin) => {
    const p = (reference[bin] + 0.5) / all(reference), q = (current[bin] + 0.5) / all(current);
    return sum + (q - p) * Math.log(q / p);
  }, 0);
}

function countsOf({ edges, values, counts }, cells) {
  const found = Array(counts.length).fill(0);
  for (const cell of cells) {
    const first = edges ? edges.findIndex((edge) => cell <= edge) : values.indexOf(cell);
    const last = counts.length - 2;  // what is larger, or a value that the model never saw
    ++found[cell === null ? counts.length - 1 : first < 0 ? last : first];
  }
  return found;
}

export async function checkDrift({ page, check, stream }) {
  await check("the drift of every column is what the model and the stored rows say", async () => {
    const events = stream.events(), { reference, scoreHistogram } = stream.notes().extra;
    assert.ok(events.length > 500 && events.length < 5000, `${events.length} rows: the panel looks at all of them`);
    const shown = await page.locator('[data-testid="drift_row"]').evaluateAll((rows) => rows.map((row) => ({
      column: row.dataset.column, verdict: row.dataset.verdict, psi: Number(row.querySelector('[data-testid="drift_psi"]').dataset.value) })));
    assert.equal(shown.length, reference.length + 1);
    assert.equal(shown[0].column, "score");
    const bins = scoreHistogram.counts.length, score = Array(bins).fill(0);
    for (const { probability } of events) ++score[Math.min(bins - 1, Math.floor(probability * bins))];
    const wanted = new Map([["score", psi(scoreHistogram.counts, score)]]);
    for (const column of reference) wanted.set(column.name, psi(column.counts, countsOf(column, events.map((row) => row[column.name]))));
    for (const { column, psi: index } of shown) assert.ok(Math.abs(index - wanted.get(column)) < 1e-9, `${column}: ${index} for ${wanted.get(column)}`);
    const columns = shown.slice(1).map((one) => one.psi);
    assert.deepEqual(columns, [...columns].sort((one, other) => other - one));
    assert.ok(shown.every((one) => one.verdict === "stable"), JSON.stringify(shown));
  });
}
