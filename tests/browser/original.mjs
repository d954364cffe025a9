// The original's report as a tab: its numbers are those that SQL finds in the store, small segments are left out, hidden
// columns are named, and the tabs are tabs to the keyboard and to axe-core.

import assert from "node:assert/strict";

const isClose = (shown, stored, what) => assert.ok(Math.abs(shown - stored) <= 1e-9 * Math.max(1, Math.abs(stored)), `${what}: ${shown} for ${stored}`);
const valueOf = (page, name) => page.locator(`[data-testid="original_${name}"]`).getAttribute("data-value").then(Number);
const waitForValue = (page, name, value) =>
  page.waitForFunction(([what, wanted]) => Number(document.querySelector(`[data-testid="original_${what}"]`).dataset.value) === wanted, [name, value], { timeout: 10_000 });

// The figures behind a chart, row by row.
const figuresOf = (page, name) => page.locator(`[data-testid="original_${name}"] tbody tr`).evaluateAll((rows) => rows.map((row) => [...row.cells].map((cell) => cell.dataset.value)));

// A segment's row: value, customers, flagged and, of money, its sum and what of it is at risk.
async function assertEqualsSql(page, stream, name, column, where = "1") {
  const stored = stream.sql(`SELECT "${column}" AS value, count(*) AS customers, sum(flagged) AS flagged, sum(MonthlyCharges) AS charges,
    sum(probability * MonthlyCharges) AS at_risk FROM churn_scores WHERE ${where} GROUP BY 1 HAVING count(*) >= 20 ORDER BY 1`);
  const left = stream.sql(`SELECT coalesce(sum(n), 0) AS n FROM (SELECT count(*) AS n FROM churn_scores WHERE ${where} GROUP BY "${column}" HAVING count(*) < 20)`)[0].n;
  const shown = await figuresOf(page, name);
  assert.equal(shown.length, stored.length, `${name}: ${JSON.stringify(shown)}`);
  for (const [at, one] of stored.entries()) {
    assert.deepEqual(shown[at].slice(0, 3), [one.value, String(one.customers), String(one.flagged)], name);
    if (shown[at].length < 5) continue;
    isClose(Number(shown[at][3]), one.charges, `charges of ${one.value}`);
    isClose(Number(shown[at][4]), one.at_risk, `at risk of ${one.value}`);
  }
  const told = await page.textContent(`#original-${name}-few`);
  assert.equal(told === "" ? 0 : Number(told.match(/, (\d+) customers in all/)[1]), left, told);
}

const totalsOf = (stream, where = "1") => stream.sql(`SELECT count(*) AS customers, sum(TotalCharges) AS TotalCharges, sum(MonthlyCharges) AS MonthlyCharges,
  sum(tenure) AS tenure, count(MultipleLines) AS MultipleLines FROM churn_scores WHERE ${where}`)[0];

async function assertTotals(page, stored) {
  await waitForValue(page, "customers", stored.customers);
  await waitForValue(page, "MultipleLines", stored.MultipleLines);
  for (const column of ["TotalCharges", "MonthlyCharges", "tenure"]) isClose(await valueOf(page, column), stored[column], column);
}
const isDrawn = (page, name) => page.waitForFunction((id) => {
  const canvas = document.querySelector(`#original-${id} canvas`);
  return canvas && canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.some((byte) => byte !== 0);
}, name, { timeout: 5000 });

export async function checkOriginal({ page, address, check, openPage, violations, browser, stream }) {
  await check("arrow keys move between the views, and the address says which one is open", async () => {
    await page.focus("#tab-now");
    await page.keyboard.press("End");
    await page.keyboard.press("ArrowRight");
    assert.equal(await page.evaluate(() => document.activeElement.id), "tab-now");
    await page.keyboard.press("End");
    assert.equal(await page.evaluate(() => document.activeElement.id), "tab-original");
    assert.equal(new URL(page.url()).searchParams.get("tab"), "original");
    assert.ok(await page.isVisible("#panel-original") && !(await page.isVisible("#panel-now")));
    assert.equal(await page.locator('[role="tab"][tabindex="0"][aria-selected="true"]').count(), 1);
    await page.keyboard.press("Home");
    assert.equal(new URL(page.url()).searchParams.get("tab"), null);
    assert.ok(await page.isVisible("#panel-now"));
  });
  await check("the original's cards and charts have the numbers that SQL finds in the store", async () => {
    await page.click("#tab-original");
    await assertTotals(page, totalsOf(stream));
    for (const name of ["internet", "payment"]) await isDrawn(page, name);
    await assertEqualsSql(page, stream, "internet", "InternetService");
    await assertEqualsSql(page, stream, "payment", "PaymentMethod");
    assert.match(await page.getAttribute("#original-internet", "aria-label"), /^Customers by InternetService: DSL [\d,]+, Fiber optic/);
  });
  await check("a hidden column is named, with what shows it, and nobody gets it from the API", async () => {
    assert.match(await page.textContent("#original-gender-trouble"), /^gender is hidden: take it out of hidden_columns/);
    assert.ok(!(await page.isVisible("#original-gender")));
    const answer = await page.request.get(`${address}api/v1/segments?by=gender`);
    assert.equal(answer.status(), 400);
  });
  await check("the filters choose here too, and segments of fewer than 20 customers are left out and counted", async () => {
    await page.fill("#search", "70");
    const where = "lower(customer_id) LIKE '70%'";
    await assertTotals(page, totalsOf(stream, where));
    await page.waitForFunction(() => document.getElementById("original-payment-few").textContent !== "", null, { timeout: 8000 });
    await assertEqualsSql(page, stream, "internet", "InternetService", where);
    await assertEqualsSql(page, stream, "payment", "PaymentMethod", where);
    await page.fill("#search", "");
  });
  for (const theme of ["light", "dark"])
    await check(`the original's report in ${theme} has nothing that axe-core finds, at 360 px too`, async () => {
      const other = await openPage(browser, `${address}?tab=original&theme=${theme}`, { viewport: { width: 360, height: 740 } }, "stale");
      await isDrawn(other, "payment");
      await other.click("#original-payment-body summary");
      assert.ok(await other.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "the page scrolls sideways");
      assert.deepEqual(await violations(other), []);
      await other.setViewportSize({ width: 1280, height: 900 });
      assert.deepEqual(await violations(other), []);
      await other.close();
    });
  await page.click("#tab-now");
}

// Needs: the stream was started anew with gender among what is shown.
export async function checkShownGender({ page, check, stream, screenshot }) {
  await check("gender that is no longer hidden is a donut with the store's numbers", async () => {
    await page.click("#tab-original");
    await assertTotals(page, totalsOf(stream));
    await isDrawn(page, "gender");
    await assertEqualsSql(page, stream, "gender", "gender");
    if (screenshot) await page.screenshot({ path: screenshot, fullPage: true });
    await page.click("#tab-now");
  });
}
