// The whole page with Tab, arrows, Enter and Escape alone, while rows stream: everything can be reached and done, where the
// keyboard is can always be seen, and no update takes it away.

import assert from "node:assert/strict";

// Where the keyboard is, and whether one sees it: inside the window, outlined, and not behind the strip.
const focusOf = (page) => page.evaluate(() => {
  const active = document.activeElement, box = active.getBoundingClientRect(), style = getComputedStyle(active);
  const at = document.elementFromPoint(box.x + Math.min(box.width / 2, 40), box.y + Math.min(box.height / 2, 20));
  return {
    what: active.id || active.dataset.wishes || active.dataset.sort || active.dataset.window || active.textContent.trim().slice(0, 40),
    isBody: active === document.body || active === document.documentElement,
    isVisible: box.bottom > 0 && box.top < innerHeight && box.width > 0 && Boolean(at) && (active.contains(at) || at.contains(active)),
    isOutlined: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
  };
});

async function assertSeen(page, when) {
  const focus = await focusOf(page);
  assert.ok(!focus.isBody, `${when}: the keyboard is nowhere`);
  assert.ok(focus.isVisible, `${when}: ${focus.what} cannot be seen`);
  assert.ok(focus.isOutlined, `${when}: ${focus.what} has no outline`);
}

// Presses Tab until `selector` has the keyboard; every place on the way can be seen.
async function tabTo(page, selector, key = "Tab") {
  for (let press = 0; press < 120; ++press) {
    await page.keyboard.press(key);
    if (press > 0 || !(await focusOf(page)).isBody) await assertSeen(page, `${key} towards ${selector}`);
    if (await page.evaluate((wanted) => document.activeElement.matches(wanted), selector)) return;
  }
  assert.fail(`${selector} is not reached`);
}
const has = (page, selector) => page.evaluate((wanted) => document.activeElement.matches(wanted), selector);
const seqOf = (page) => page.evaluate(() => Number(document.querySelector('[data-testid="seq"]').dataset.value));
const params = (page) => new URL(page.url()).searchParams;

// Three snapshots later the keyboard is where it was.
async function assertStays(page, selector) {
  const seq = await seqOf(page);
  await page.waitForFunction((from) => Number(document.querySelector('[data-testid="seq"]').dataset.value) >= from + 3, seq, { timeout: 15_000 });
  assert.ok(await has(page, selector), `${selector} lost the keyboard`);
  await assertSeen(page, "three snapshots later");
}

export async function checkKeyboard({ address, check, openPage, browser, stream }) {
  stream.addRows(1200);
  const page = await openPage(browser, address, { viewport: { width: 1280, height: 720 }, acceptDownloads: true });
  await page.waitForSelector("#heat-map button");
  const press = (key) => page.keyboard.press(key);

  await check("keyboard: pause and go on", async () => {
    await tabTo(page, "#pause");
    await press("Enter");
    assert.equal(await page.getAttribute("#pause", "aria-pressed"), "true");
    await press("Enter");
    assert.equal(await page.getAttribute("#pause", "aria-pressed"), "false");
    await assertSeen(page, "after pausing");
  });
  await check("keyboard: search, risk band, and all of it dropped again", async () => {
    await tabTo(page, "#search");
    await page.keyboard.type("7");
    await tabTo(page, "#band");
    await press("ArrowDown");
    await page.waitForFunction(() => new URLSearchParams(location.search).get("band") === "high");
    assert.equal(params(page).get("search"), "7");
    await assertStays(page, "#band");
    await tabTo(page, "#clear");
    await press("Enter");
    assert.ok(await has(page, "#search"), "the keyboard is in the search again");
    assert.equal(params(page).get("band"), null);
  });
  await check("keyboard: the file is written, and the keyboard stays on its button", async () => {
    await tabTo(page, "#export");
    const [download] = await Promise.all([page.waitForEvent("download"), press("Enter")]);
    assert.match(download.suggestedFilename(), /\.csv$/);
    await page.waitForFunction(() => /customers written/.test(document.getElementById("export-told").textContent));
    assert.ok(await has(page, "#export"), "the button lost the keyboard");
  });
  await check("keyboard: the views, by arrows", async () => {
    await tabTo(page, "#tab-now");
    for (const id of ["#tab-model", "#tab-original", "#tab-now"]) {
      await press("ArrowRight");
      assert.ok(await has(page, id), id);
      await assertSeen(page, id);
    }
    assert.equal(params(page).get("tab"), null);
  });
  await check("keyboard: the table's order, a customer opened and closed, and back in its row", async () => {
    await tabTo(page, '[data-sort="probability"]');
    await press("Enter");
    assert.equal(params(page).get("sort"), "probability");
    await page.waitForFunction(() => document.querySelector("#at-risk th:nth-child(3)").getAttribute("aria-sort") === "descending");
    await tabTo(page, "#at-risk .open");
    const customer = await page.evaluate(() => document.activeElement.textContent);
    await assertStays(page, "#at-risk .open");
    assert.equal(await page.evaluate(() => document.activeElement.textContent), customer);
    await press("Enter");
    await page.waitForSelector("dialog[open] #customer-past tr");
    assert.ok(await page.evaluate(() => document.querySelector("dialog").contains(document.activeElement)), "the keyboard is outside of the dialog");
    const seq = await seqOf(page);
    await page.waitForFunction((from) => Number(document.querySelector('[data-testid="seq"]').dataset.value) >= from + 4, seq, { timeout: 15_000 });
    if (!(await has(page, "#customer-close"))) await tabTo(page, "#customer-close");
    await press("Enter");
    await page.waitForSelector("dialog", { state: "hidden" });
    assert.equal(await page.evaluate(() => document.activeElement.textContent), customer);
    await assertSeen(page, "after the customer was closed");
  });
  await check("keyboard: how far back the lines go, and their figures", async () => {
    await tabTo(page, '[data-window="15min"]');
    await press("Enter");
    await page.waitForFunction(() => document.getElementById("flow-title").textContent === "The last 15 minutes", null, { timeout: 8000 });
    assert.equal(params(page).get("window"), "15min");
    await assertStays(page, '[data-window="15min"]');
    await tabTo(page, "#panel-now .figures-of summary");
    await press("Enter");
    await page.waitForSelector('[data-testid="flow_figures"] tbody tr');
    assert.match(await page.getAttribute("#flow-rows", "aria-label"), /^The last 15 minutes: between/);
    await press("Enter");
  });
  await check("keyboard: a segment chosen, its chip taken away", async () => {
    await tabTo(page, "#heat-map button");
    const wishes = await page.evaluate(() => document.activeElement.dataset.wishes);
    await press("Enter");
    await page.waitForFunction(() => document.activeElement.getAttribute("aria-pressed") === "true");
    await assertStays(page, "#heat-map button");
    assert.equal(await page.evaluate(() => document.activeElement.dataset.wishes), wishes);
    await tabTo(page, "#chips button", "Shift+Tab");
    await press("Enter");
    await assertSeen(page, "after one chip");
    await tabTo(page, "#chips button", "Shift+Tab").catch(async () => tabTo(page, "#chips button"));
    await press("Enter");
    await assertSeen(page, "after the last chip");
    assert.deepEqual(params(page).getAll("where"), []);
  });
  await check("keyboard: the theme", async () => {
    await tabTo(page, "#theme");
    await press("ArrowDown");
    await page.waitForFunction(() => document.documentElement.dataset.theme === "light");
    await press("ArrowDown");
    await page.waitForFunction(() => document.documentElement.dataset.theme === "dark");
    await assertSeen(page, "after the theme changed");
  });
  await page.close();
  stream.addRows(600);  // what comes next finds the stream alive
}
