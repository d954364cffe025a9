// The threshold on the spread of risk: what stands below it equals what SQL finds in the store, wherever hand and keys put
// it; the address keeps it; and without outcomes the page says so. Needs a stream that stands still.

import assert from "node:assert/strict";

const figures = ["outcome_called", "outcome_precision", "outcome_recall", "outcome_value", "outcome_profit"];
const shownAt = (page) => page.evaluate((names) => Object.fromEntries(
  names.map((name) => [name, Number(document.querySelector(`[data-testid="${name}"]`).dataset.value || NaN)])), figures);
const stepOf = (page) => page.getAttribute("#threshold", "aria-valuenow").then(Number);
const waitForStep = (page, step) => page.waitForFunction((wanted) => {
  const line = document.getElementById("threshold");
  return !line.hidden && line.getAttribute("aria-valuenow") === wanted;  // unseen, it has the 50 of the markup
}, String(step), { timeout: 8000 });
const inAddress = (page) => new URL(page.url()).searchParams.get("threshold");

// The campaign is the one [outcomes] has when nothing is said: 200, 10, 1 and 0.3.
function assertEqualsStore(shown, stored, step) {
  const { called, hits, left, value } = stored;
  const isClose = (name, wanted) => assert.ok(Math.abs(shown[name] - wanted) <= 1e-9 * Math.max(1, Math.abs(wanted)), `${name} at ${step}: ${shown[name]} for ${wanted}`);
  assert.ok(called >= 20 && left >= 20, `too few at ${step}: ${JSON.stringify(stored)}`);
  assert.equal(shown.outcome_called, called);
  isClose("outcome_precision", hits / called);
  isClose("outcome_recall", hits / left);
  isClose("outcome_value", value);
  isClose("outcome_profit", hits * (0.3 * (200 - 10) - 1) - (called - hits) * 11);
}

export async function checkOutcomes({ page, address, check, openPage, violations, browser, stream }) {
  const line = page.locator("#threshold");
  const compare = async (step) => {
    await waitForStep(page, step);
    assertEqualsStore(await shownAt(page), stream.outcomesFrom(step), step);
  };
  await check("the line begins at the model's threshold, and its figures equal the store", async () => {
    await page.waitForSelector("#threshold:not([hidden])");
    await compare(50);
    assert.equal(inAddress(page), null);
  });
  await check("arrow keys move it, and the address keeps where it is", async () => {
    await page.focus("#threshold");
    for (let press = 0; press < 3; ++press) await page.keyboard.press("ArrowLeft");
    await compare(47);
    await page.keyboard.press("PageDown");
    await compare(37);
    await page.keyboard.press("ArrowUp");
    await compare(38);
    await page.waitForFunction(() => new URL(location.href).searchParams.get("threshold") === "0.38", null, { timeout: 4000 });
    await page.keyboard.press("Home");
    await compare(0);
    assert.match(await page.getAttribute("#threshold", "aria-valuetext"), /^0 %: [\d,]+ would be called, precision [\d.]+\s%, recall 100\.0\s%$/);
    await page.keyboard.press("End");
    await waitForStep(page, 99);
  });
  await check("the mouse drags it, step by step as far as it goes", async () => {
    const grip = async () => { const box = await line.boundingBox(); return [box.x + box.width / 2, box.y + box.height / 3]; };
    const [from, height] = await grip();
    const place = await page.locator(".spread").boundingBox();
    await page.mouse.move(from, height);
    await page.mouse.down();
    for (const share of [0.8, 0.6, 0.41, 0.3]) {
      await page.mouse.move(place.x + place.width * share, height, { steps: 4 });
      assertEqualsStore(await shownAt(page), stream.outcomesFrom(await stepOf(page)), await stepOf(page));
    }
    await page.mouse.move(place.x - 300, height);
    assert.equal(await stepOf(page), 0);
    await page.mouse.move(place.x + place.width * 0.3, height);
    const dropped = await stepOf(page);
    assert.ok(dropped > 15 && dropped < 35, `dropped at ${dropped}`);
    await page.mouse.up();
    await page.waitForFunction((wanted) => new URL(location.href).searchParams.get("threshold") === wanted, (dropped / 100).toFixed(2), { timeout: 4000 });
    const [now] = await grip();
    assert.ok(Math.abs(now - (place.x + place.width * 0.3)) < 8, `the line stands at ${now}, the hand at ${place.x + place.width * 0.3}`);
  });
  await check("a finger drags it too", async () => {
    const context = await browser.newContext({ hasTouch: true, viewport: { width: 700, height: 900 } });
    const other = await context.newPage();
    await other.goto(`${address}?threshold=0.30`);
    await waitForStep(other, 30);
    await other.locator("#threshold").scrollIntoViewIfNeeded();
    const box = await other.locator("#threshold").boundingBox(), session = await context.newCDPSession(other);
    const touch = (type, x) => session.send("Input.dispatchTouchEvent", { type, touchPoints: type === "touchEnd" ? [] : [{ x, y: box.y + box.height / 3 }] });
    await touch("touchStart", box.x + box.width / 2);
    for (const more of [20, 60, 120]) await touch("touchMove", box.x + box.width / 2 + more);
    await touch("touchEnd");
    const step = await stepOf(other);
    assert.ok(step > 35, `the finger left it at ${step}`);
    assertEqualsStore(await shownAt(other), stream.outcomesFrom(step), step);
    await context.close();
  });
  await check("the address puts it where it was, and a threshold that is none is the model's", async () => {
    for (const [asked, step] of [["0.29", 29], ["much", 50], ["7", 99]]) {
      const other = await openPage(browser, `${address}?threshold=${asked}`, { viewport: { width: 800, height: 700 } }, "stale");
      await waitForStep(other, step);
      if (step < 90) assertEqualsStore(await shownAt(other), stream.outcomesFrom(step), step);
      assert.deepEqual(await violations(other), []);
      await other.close();
    }
  });
  await check("without outcomes the page says how to have them, and shows no figures", async () => {
    const other = await browser.newPage({ viewport: { width: 800, height: 700 } });
    for (const [answer, said] of [[{ state: "off" }, /\[outcomes\] in the pipeline file/], [{ state: "too_few", least: 20, delay_s: 0 }, /^Fewer than 20 customers/]]) {
      await other.route("**/api/v1/outcomes", (route) => route.fulfill({ json: answer }));
      await other.goto(address);
      await other.waitForFunction(() => document.getElementById("outcomes-told").textContent !== "", null, { timeout: 8000 });
      assert.match(await other.textContent("#outcomes-told"), said);
      assert.ok(await other.locator("#threshold").isHidden() && await other.locator("#outcomes").isHidden());
      await other.unroute("**/api/v1/outcomes");
    }
    await other.close();
    await page.goto(address);
  });
}
