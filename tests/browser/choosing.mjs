// Choosing customers on the page: segments, search, order, one customer, the exported file; all by the address and by the
// keyboard. Needs a stream that stands still, so that the page and the store can be compared as long as it takes.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

const sum = (numbers) => numbers.reduce((total, one) => total + one, 0);
const isClose = (shown, stored, what) => assert.ok(Math.abs(shown - stored) <= 1e-9 * Math.max(1, Math.abs(stored)), `${what}: ${shown} for ${stored}`);
const byBytes = (one, other) => (one < other ? -1 : one > other ? 1 : 0);
const ranked = (customers, column) => [...customers].sort((one, other) => other[column] - one[column] || byBytes(one.customer_id, other.customer_id));

const idsOf = (page) => page.locator('[data-testid="at_risk_row"]').evaluateAll((rows) => rows.map((row) => row.dataset.customer));
const waitForIds = async (page, wanted) => {
  await page.waitForFunction((ids) => JSON.stringify([...document.querySelectorAll('[data-testid="at_risk_row"]')].map((row) => row.dataset.customer)) === ids,
                             JSON.stringify(wanted), { timeout: 8000 }).catch(() => {});
  assert.deepEqual(await idsOf(page), wanted);
};
const valueOf = (page, name) => page.locator(`[data-testid="${name}"]`).getAttribute("data-value").then(Number);
const waitForValue = (page, name, value) =>
  page.waitForFunction(([what, wanted]) => Number(document.querySelector(`[data-testid="${what}"]`).dataset.value) === wanted, [name, value], { timeout: 8000 });

export async function checkChoosing({ page, address, check, openPage, violations, browser, stream, markupId }) {
  const customers = stream.customers();
  const segment = (contract, internet) => customers.filter((one) => one.Contract === contract && one.InternetService === internet);
  const chosen = segment("Month-to-month", "Fiber optic");
  const cellOf = (contract, internet) => page.locator("#heat-map button").filter({ has: page.locator("b") }).and(
    page.locator(`[data-wishes*="Contract:${contract}"][data-wishes*="InternetService:${internet}"]`));

  await check("the heat map equals the store, cell by cell, and hides what is too few", async () => {
    await page.waitForSelector("#heat-map button");
    const shown = await page.locator("#heat-map button").evaluateAll((buttons) => buttons.map((button) => ({ ...button.dataset })));
    assert.ok(shown.length >= 7, `${shown.length} cells`);
    for (const one of shown) {
      const [contract, internet] = one.wishes.split("\n").map((wish) => wish.slice(wish.indexOf(":") + 1));
      const stored = segment(contract, internet);
      assert.equal(Number(one.customers), stored.length, one.wishes);
      isClose(Number(one.mean), sum(stored.map((customer) => customer.probability)) / stored.length, one.wishes);
    }
  });
  await check("a segment that is chosen filters cards, spread and table, and stands in the address", async () => {
    await cellOf("Month-to-month", "Fiber optic").click();
    await waitForValue(page, "customers", chosen.length);
    isClose(await valueOf(page, "expected_churners"), sum(chosen.map((one) => one.probability)), "expected churners");
    isClose(await valueOf(page, "revenue_at_risk"), sum(chosen.map((one) => one.expected_loss)), "revenue at risk");
    isClose(await valueOf(page, "revenue"), sum(chosen.map((one) => one.MonthlyCharges)), "revenue");
    assert.equal(await valueOf(page, "band_high"), chosen.filter((one) => one.risk_band === "high").length);
    const bins = await page.locator('[data-testid^="histogram_"]').evaluateAll((cells) => cells.map((one) => Number(one.dataset.value)));
    assert.equal(sum(bins), chosen.length);
    await waitForIds(page, ranked(chosen, "expected_loss").slice(0, 20).map((one) => one.customer_id));
    assert.deepEqual(new URL(page.url()).searchParams.getAll("where").sort(), ["Contract:Month-to-month", "InternetService:Fiber optic"]);
    assert.equal(await cellOf("Month-to-month", "Fiber optic").getAttribute("aria-pressed"), "true");
  });
  await check("the address shows somebody else the same", async () => {
    const other = await openPage(browser, page.url(), { viewport: { width: 1280, height: 900 } }, "stale");
    await waitForValue(other, "customers", chosen.length);
    await other.close();
  });
  await check("while the chosen customers are counted the cards wait, and nothing else is said of them", async () => {
    const other = await browser.newPage();
    let count = () => {};
    const asked = new Promise((begin) => other.route("**/api/v1/segments?**risk_band**", (route) => {
      count = () => route.continue();
      begin();
    }));
    await other.goto(page.url());
    await asked;
    await other.waitForTimeout(300);
    assert.equal(await other.textContent('[data-testid="customers"]'), "–");
    assert.ok(await other.locator("#notice").isHidden(), await other.textContent("#notice"));
    await count();
    await waitForValue(other, "customers", chosen.length);
    await other.close();
  });
  await check("more filters narrow it further, and all of them can be dropped", async () => {
    await page.selectOption("#band", "high");
    const both = chosen.filter((one) => one.risk_band === "high");
    await waitForValue(page, "customers", both.length);
    await page.fill("#search", "7");
    await waitForValue(page, "customers", both.filter((one) => one.customer_id.startsWith("7")).length);
    await page.fill("#search", "nobody at all");
    await page.waitForSelector("#at-risk-empty:not([hidden])");
    assert.equal(await page.textContent("#at-risk-empty"), "No customer fits these filters.");
    await page.click("#clear");
    await waitForValue(page, "customers", customers.length);
    assert.equal(new URL(page.url()).search, "");
  });
  await check("the table is sorted by its columns, by the keyboard too", async () => {
    const names = (sorted) => sorted.slice(0, 20).map((one) => one.customer_id);
    await page.focus('[data-sort="probability"]');
    await page.keyboard.press("Enter");
    await waitForIds(page, names(ranked(customers, "probability")));
    assert.equal(await page.locator("th", { has: page.locator('[data-sort="probability"]') }).getAttribute("aria-sort"), "descending");
    await page.keyboard.press("Enter");
    await waitForIds(page, names([...customers].sort((one, other) => one.probability - other.probability || byBytes(one.customer_id, other.customer_id))));
    await page.focus('[data-sort="customer_id"]');
    await page.keyboard.press("Enter");
    await waitForIds(page, names([...customers].sort((one, other) => byBytes(one.customer_id, other.customer_id))));
    await page.click("#at-risk-more");
    await page.waitForFunction(() => document.querySelectorAll('[data-testid="at_risk_row"]').length === 100, null, { timeout: 8000 });
    await page.focus('[data-sort="expected_loss"]');
    await page.keyboard.press("Enter");
  });
  await check("a row opens its customer, Escape closes it, and the keyboard is back where it was", async () => {
    const wanted = customers.find((one) => one.num_events > 1 && one.MonthlyCharges !== 99.5) ?? customers.find((one) => one.num_events > 1);
    await page.fill("#search", wanted.customer_id);
    await waitForIds(page, [wanted.customer_id]);
    await page.focus("#at-risk .open");
    await page.keyboard.press("Enter");
    await page.waitForSelector("dialog[open] #customer-past tr");
    assert.equal(new URL(page.url()).searchParams.get("customer"), wanted.customer_id);
    assert.equal(await page.locator("#customer-past tr").count(), wanted.num_events);
    const data = Object.fromEntries(await page.locator("#customer-data dt").evaluateAll((terms) => terms.map((term) => [term.textContent, term.nextSibling.textContent])));
    assert.equal(data.Contract, wanted.Contract);
    assert.equal(Number(data.tenure), wanted.tenure);
    for (const hidden of ["gender", "SeniorCitizen", "Partner", "Dependents"]) assert.ok(!(hidden in data), `${hidden} is shown`);
    assert.deepEqual(await violations(page), []);
    await page.keyboard.press("Escape");
    await page.waitForSelector("dialog", { state: "hidden" });
    assert.equal(new URL(page.url()).searchParams.get("customer"), null);
    assert.equal(await page.evaluate(() => document.activeElement.className), "open");
    await page.fill("#search", "");
  });
  await check("a customer with markup for a name opens as text", async () => {
    const other = await openPage(browser, `${address}?customer=${encodeURIComponent(markupId)}`, { viewport: { width: 800, height: 700 } }, "stale");
    await other.waitForSelector("#customer-past tr");
    assert.equal(await other.textContent("#customer-id"), markupId);
    assert.equal(await other.locator("dialog b").count(), 0);
    await other.close();
  });
  await check("the exported file has the filtered customers, and no cell that a spreadsheet would run", async () => {
    await page.selectOption("#band", "high");
    const [download] = await Promise.all([page.waitForEvent("download"), page.click("#export")]);
    const lines = readFileSync(await download.path(), "utf8").trimEnd().split("\r\n");
    const stored = ranked(customers.filter((one) => one.risk_band === "high"), "expected_loss");
    assert.equal(lines.length, 1 + stored.length);
    assert.deepEqual(lines.slice(1).map((line) => line.split(",")[0]), stored.map((one) => one.customer_id));
    isClose(sum(lines.slice(1).map((line) => Number(line.split(",")[2]))), sum(stored.map((one) => one.probability)), "probabilities");
    const cells = await page.evaluate(async () => {
      const { csvCell } = await import("/js/export.js");
      return ["=1+1", "+1", "-1", "@x", "a,\"b\"", -1.5, null, "\t=1"].map(csvCell);
    });
    assert.deepEqual(cells, ["'=1+1", "'+1", "'-1", "'@x", '"a,""b"""', "-1.5", "", "'\t=1"]);
    await page.selectOption("#band", "");
  });
  for (const theme of ["light", "dark", "contrast"])
    await check(`axe-core finds no violation in the theme ${theme}`, async () => {
      await page.selectOption("#theme", theme);
      await page.waitForFunction((name) => document.documentElement.dataset.theme === name, theme);
      assert.equal(new URL(page.url()).searchParams.get("theme"), theme);
      assert.deepEqual(await violations(page), []);
    });
  await check("a planted error of contrast is found", async () => {
    await page.selectOption("#theme", "light");
    await page.evaluate(() => { document.getElementById("at-risk-title").style.color = "#ccc"; });
    assert.ok((await violations(page)).some((one) => one.startsWith("color-contrast")));
    await page.evaluate(() => { document.getElementById("at-risk-title").style.color = ""; localStorage.removeItem("theme"); });
    await page.selectOption("#theme", "");
  });
}
