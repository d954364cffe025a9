// The model's view against the notes that training left and against the API.

import assert from "node:assert/strict";

export async function checkModel({ page, address, check, violations, stream }) {
  await check("the model's view shows what its notes hold, and nothing else", async () => {
    const notes = stream.notes().extra;
    const model = await (await page.request.get(`${address}api/v1/model`)).json();
    await page.click("#tab-model");
    await page.waitForSelector('[data-testid="model_trees"]');
    const text = (name) => page.textContent(`[data-testid="model_${name}"]`);
    assert.equal(await text("fingerprint"), model.fingerprint);
    assert.equal(await text("fingerprint"), await page.getAttribute('[data-testid="model"]', "data-value"));
    assert.equal(await text("trees"), "20");
    assert.equal(await text("depth"), "10");
    assert.equal(Number((await text("trained")).match(/^([\d,]+) rows/)[1].replace(",", "")), notes.data.rowsTrained);
    assert.ok(Math.abs(Date.parse(model.saved_at) - Date.now()) < 3_600_000, model.saved_at);
    const quality = await page.locator('[data-testid="model_quality"] tbody tr').evaluateAll((rows) => rows.map((row) => [...row.cells].map((cell) => cell.dataset.value)));
    for (const [name, test, train] of quality) assert.deepEqual([Number(test), Number(train)], [notes.metrics.test[name], notes.metrics.train[name]], name);
    assert.ok(quality.some(([name]) => name === "areaUnderROC"));
    const importances = await page.locator('[data-testid="model_importances"] tbody tr').evaluateAll((rows) => rows.map((row) => [...row.cells].map((cell) => cell.dataset.value)));
    assert.equal(importances.length, 15);
    for (const [feature, value] of importances) assert.equal(Number(value), notes.importances[feature], feature);
    const values = importances.map(([, value]) => Number(value));
    assert.deepEqual(values, [...values].sort((one, other) => other - one));
  });
  await check("axe-core finds nothing on the model's view", async () => {
    for (const theme of ["light", "dark"]) {
      await page.selectOption("#theme", theme);
      assert.deepEqual(await violations(page), []);
    }
    await page.selectOption("#theme", "");
    await page.evaluate(() => localStorage.removeItem("theme"));
  });
  await page.click("#tab-now");
}
