#!/usr/bin/env node
// The live page in a real browser: what it shows equals what the store holds, at twenty moments while rows stream; it
// says when it is stale, paused or disconnected and recovers; it stays still under the hand; axe-core finds nothing.
//
// usage: node tests/browser/page_test.mjs PROGRAM [--screenshot FILE] [--record]      the last line is 'N passed, N failed'
//
// --screenshot writes the README's picture, --record the pictures that pictures.mjs compares with.

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { checkChoosing } from "./choosing.mjs";
import { checkDay } from "./day_long.mjs";
import { checkDrift } from "./drifting.mjs";
import { checkKeyboard } from "./keyboard.mjs";
import { checkModel } from "./model.mjs";
import { checkOriginal, checkShownGender } from "./original.mjs";
import { checkOutcomes } from "./outcomes.mjs";
import { checkPictures, recordPictures } from "./pictures.mjs";
import { checkFrench } from "./speaking.mjs";
import { isBroken, markupId, pause, Stream } from "./stream.mjs";
import { checkUnderTheHand } from "./under_the_hand.mjs";

const require = createRequire(new URL("../../third_party/package.json", import.meta.url));
const { chromium } = require("playwright-core");
const axeSource = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

const { values: { screenshot, record }, positionals: [program] } = parseArgs({
  allowPositionals: true, options: { screenshot: { type: "string" }, record: { type: "boolean" } } });
if (!program) {
  console.error("usage: node tests/browser/page_test.mjs PROGRAM [--screenshot FILE] [--record]");
  process.exit(2);
}
const moments = 20;
const folder = mkdtempSync(join(tmpdir(), "churnstream-page-"));
const stream = new Stream(resolve(program), folder, { rows: 3600, rate: 80 });
const troubles = [];  // of the console, with the step they came in
let passed = 0, failed = 0, step = "start";

async function check(sentence, body) {
  step = sentence;
  try {
    await body();
    ++passed;
    console.log(`ok      ${sentence}`);
  } catch (error) {
    ++failed;
    console.log(`FAILED  ${sentence}\n        ${String(error.message).split("\n").slice(0, 12).join("\n        ")}`);
  }
}

// Everything the page shows, read between two frames: one snapshot.
const readPage = (page) => page.evaluate(() => {
  const number = (text) => (text === "" ? null : Number(text));
  const shown = {};
  for (const element of document.querySelectorAll("[data-testid][data-value]"))
    if (!element.closest("tbody")) shown[element.dataset.testid] = element.dataset.value;
  return {
    ...shown,
    seq: Number(shown.seq),
    text: Object.fromEntries([...document.querySelectorAll("[data-testid]")].filter((e) => !e.closest("tbody")).map((e) => [e.dataset.testid, e.textContent])),
    positions: JSON.parse(document.body.dataset.positions ?? "{}"),
    kind: document.body.dataset.state,
    histogram: [...Array(20).keys()].map((bin) => number(document.querySelector(`[data-testid="histogram_${bin}"]`).dataset.value ?? "")),
    at_risk: [...document.querySelectorAll('[data-testid="at_risk_row"]')].map((row) => {
      const cell = (name) => row.querySelector(`[data-testid="${name}"]`).dataset.value;
      return { customer_id: cell("customer_id"), probability: number(cell("probability")), risk_band: cell("risk_band"),
               value: number(cell("value")), expected_loss: number(cell("expected_loss")) };
    }),
    sinks: [...document.querySelectorAll('[data-testid="sink_row"]')].map((row) => {
      const cell = (name) => row.querySelector(`[data-testid="sink_${name}"]`);
      return { name: cell("name").dataset.value, circuit: cell("circuit").dataset.value, waiting: number(cell("waiting").dataset.value),
               left_out: number(cell("left_out").dataset.value), error: cell("error").textContent, text: row.textContent };
    }),
    refused_rows: [...document.querySelectorAll('[data-testid="refused_row"]')].map((row) => row.textContent),
  };
});

async function nextMoment(page, after) {
  await page.waitForFunction((seq) => Number(document.querySelector('[data-testid="seq"]').dataset.value ?? 0) > seq, after, { timeout: 15_000 });
  return readPage(page);
}
const waitForKind = (page, kind, timeout) => page.waitForFunction((wanted) => document.body.dataset.state === wanted, kind, { timeout });

// Sums may be added up in another order; everything else is the same double.
function assertClose(shown, stored, name) {
  const value = Number(shown);
  assert.ok(Math.abs(value - stored) <= 1e-11 * Math.max(1, Math.abs(stored)), `${name}: the page shows ${shown}, the store holds ${stored}`);
}

function assertEqualsStore(shown) {
  const stored = stream.numbers(Number(shown.events));
  for (const name of ["events", "customers", "flagged"]) assert.equal(Number(shown[name]), stored[name], name);
  for (const name of ["flagged_share", "expected_churners", "expected_churners_band", "revenue_at_risk", "revenue_at_risk_band", "revenue", "revenue_share"])
    assertClose(shown[name], stored[name], name);
  for (const band of ["low", "medium", "high"]) assert.equal(Number(shown[`band_${band}`]), stored.bands[band], band);
  assert.deepEqual(shown.histogram, stored.histogram);
  assert.deepEqual(shown.at_risk, stored.at_risk);
  assert.equal(Object.keys(shown.positions).length, 1, "the store's position is not on the page");
  for (const next of Object.values(shown.positions)) assert.ok(next > stored.last_offset, `position ${next}, last row ${stored.last_offset}`);
  assertBalances(shown);
  return stored;
}

function assertBalances(shown) {
  const [read, delivered, refused, underWay] = shown.account.split(" ").map(Number);
  assert.equal(read, delivered + refused + underWay, shown.text.account);
  assert.equal(Number(shown.refused), refused);
}

// The text people read is the exact number, rounded.
function assertTextFits(shown) {
  const plain = (text) => Number(text.replace(/[^0-9.−-]/g, ""));
  assert.equal(plain(shown.text.customers), Number(shown.customers));
  assert.equal(plain(shown.text.revenue_at_risk), Math.round(Number(shown.revenue_at_risk)));
  assert.ok(Math.abs(plain(shown.text.flagged_share) - 100 * Number(shown.flagged_share)) <= 0.0501, shown.text.flagged_share);
}

async function openPage(browser, address, settings, kind = "live") {
  const page = await browser.newPage(settings);
  page.on("console", (message) => { if (["error", "warning"].includes(message.type())) troubles.push(`${step}: ${message.text()}`); });
  page.on("pageerror", (error) => troubles.push(`${step}: ${error.message}`));
  await page.goto(address);
  await waitForKind(page, kind, 15_000);
  await page.waitForSelector("body[data-complete]");  // what stands below the cards comes behind them
  return page;
}

async function violations(page) {
  await page.evaluate(axeSource);
  const { violations: found } = await page.evaluate(() => window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }));
  return found.map((one) => `${one.id}: ${one.nodes.map((node) => node.html.slice(0, 120)).join(" | ")}`);
}

async function main(browser) {
  stream.train();
  const address = await stream.start();
  const page = await openPage(browser, address, { viewport: { width: 1280, height: 900 }, colorScheme: "light" });

  const seen = [];
  await check(`the page equals the store at ${moments} moments while rows stream`, async () => {
    for (let moment = 0; moment < moments; ++moment) {
      const shown = await nextMoment(page, seen.at(-1)?.seq ?? 1);
      assert.ok(Number(shown.events) > 0, "no row was stored yet");
      assertEqualsStore(shown);
      assert.equal(shown.kind, "live");
      seen.push(shown);
    }
  });
  await check("the numbers are not zero, change from moment to moment and are shown as they are", async () => {
    for (const [index, shown] of seen.entries()) {
      for (const name of ["customers", "expected_churners", "revenue_at_risk", "revenue", "rows_per_s", "p50_ms", "p99_ms"]) assert.ok(Number(shown[name]) > 0, name);
      if (index > 0) assert.ok(Number(shown.customers) > Number(seen[index - 1].customers), "customers stand still");
      if (Number(shown.customers) >= 20) assertTextFits(shown);
    }
    assert.ok(Number(seen.at(-1).customers) < Number(seen.at(-1).events), "customers who came twice are counted twice");
    const rate = Number(seen.at(-1).rows_per_s) / stream.rate;
    assert.ok(rate > 0.6 && rate < 1.4, seen.at(-1).rows_per_s);
    assert.match(seen.at(-1).model, /^[0-9a-f]{64}$/);
  });
  await check("refused rows are counted and named with their reason and position, never with their bytes", async () => {
    const shown = seen.at(-1);
    assert.ok(Number(shown.refused) >= 10, `${shown.refused} refused`);
    assert.ok(shown.refused_rows.length > 0 && shown.refused_rows.every((row) => /record [\d,]+/.test(row)), shown.refused_rows[0]);
    assert.equal(Number(shown.skipped), 1);  // the header line
  });
  await check("each sink says that it works", async () => {
    assert.deepEqual(seen.at(-1).sinks.map(({ name, circuit, left_out }) => [name, circuit, left_out]), [["sqlite", "working", 0]]);
    assert.match(seen.at(-1).sinks[0].text, /working since \d\d:\d\d:\d\d/);
  });
  if (screenshot) await page.screenshot({ path: screenshot, fullPage: true });
  if (record) return recordPictures(browser, address);

  await check("nothing moves under the pointer, and the page does not scroll by itself", async () => {
    await page.setViewportSize({ width: 1280, height: 500 });
    await page.evaluate(() => scrollTo(0, 260));
    await page.locator('[data-testid="at_risk_row"]').nth(6).hover();
    const ids = () => page.locator('[data-testid="at_risk_row"]').evaluateAll((rows) => rows.map((row) => row.dataset.customer));
    const before = await ids(), scrolled = await page.evaluate(() => scrollY);
    assert.equal(await page.textContent("#at-risk-aside"), "order held while you point");
    const { seq } = await readPage(page);
    await nextMoment(page, seq + 2);
    assert.deepEqual(await ids(), before);
    assert.equal(await page.evaluate(() => scrollY), scrolled);
    await page.mouse.move(2, 2);
    assert.equal(await page.textContent("#at-risk-aside"), "largest expected loss first");
    await page.setViewportSize({ width: 1280, height: 900 });
    assertEqualsStore(await nextMoment(page, (await readPage(page)).seq));
  });
  await check("rows that stay keep their place in the document", async () => {
    await page.evaluate(() => { for (const row of document.querySelectorAll('[data-testid="at_risk_row"]')) row.marked = row.dataset.customer; });
    await nextMoment(page, (await readPage(page)).seq + 2);
    const kept = await page.evaluate(() => [...document.querySelectorAll('[data-testid="at_risk_row"]')].filter((row) => row.marked === row.dataset.customer).length);
    assert.ok(kept >= 12, `${kept} rows of 20 kept`);
  });
  await checkUnderTheHand({ page, check, later: async (snapshots) => nextMoment(page, (await readPage(page)).seq + snapshots - 1) });
  await check("a part of the page that does not come is asked for again, and without its French it stays English", async () => {
    const other = await browser.newPage({ locale: "fr-FR" });
    let asked = 0;
    await other.route("**/js/histogram.js", (route) => (++asked <= 2 ? route.abort() : route.continue()));
    await other.route("**/js/french.js", (route) => route.abort());
    await other.goto(address);
    await other.waitForSelector("body[data-complete]");
    assert.equal(asked, 3);
    assert.equal(await other.textContent("#state-word"), "Live");
    await other.close();
  });
  await check("a first snapshot that does not come is not waited for", async () => {
    const other = await browser.newPage();
    await other.route("**/api/v1/summary", () => {});  // never answered
    await other.goto(address);
    await waitForKind(other, "live", 10_000);
    await other.waitForFunction(() => Number(document.querySelector('[data-testid="customers"]').dataset.value) > 0);
    await other.close();
  });
  await check("pause holds every number, by keyboard too, and going on shows the newest", async () => {
    await page.focus("#pause");
    await page.keyboard.press("Enter");
    await waitForKind(page, "paused", 2000);
    const held = await readPage(page);
    await pause(2500);
    const still = await readPage(page);
    assert.equal(still.seq, held.seq);
    assert.deepEqual(still.histogram, held.histogram);
    assert.equal(await page.getAttribute("#pause", "aria-pressed"), "true");
    await page.keyboard.press("Enter");
    await waitForKind(page, "live", 2000);
    assert.ok((await nextMoment(page, held.seq + 1)).seq > held.seq + 1);
  });
  await check("axe-core finds no violation in light", async () => assert.deepEqual(await violations(page), []));
  for (const [width, height] of [[360, 740], [3840, 2160]])
    await check(`dark at ${width} px: nothing sticks out and axe-core finds no violation`, async () => {
      const other = await openPage(browser, address, { viewport: { width, height }, colorScheme: "dark", reducedMotion: "reduce" });
      await nextMoment(other, 0);
      assert.ok(await other.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "the page scrolls sideways");
      assert.deepEqual(await violations(other), []);
      await other.close();
    });
  await check("the words for a finished, failed and starting run", async () => {
    const words = await page.evaluate(async () => {
      const { stateOf } = await import("/js/state.js");
      const at = (seconds) => new Date(1.7e12 + 1000 * seconds).toISOString();
      const view = (snapshot, more) => stateOf({ snapshot: { time: at(0), started_at: at(-99), last_record_at: at(0), finished_at: null, state: "running", ...snapshot },
                                                 arrivedAt: 0, isConnected: true, retryAt: null, isPaused: false, now: 500, ...more }).kind;
      return [view({}), view({}, { now: 10_500 }), view({ last_record_at: at(-10.1) }), view({ last_record_at: null, started_at: at(-3) }),
              view({ state: "finished", finished_at: at(-500), last_record_at: at(-500) }), view({ state: "failed", finished_at: at(-1) }),
              view({ state: "starting" }), view({}, { isConnected: false, retryAt: 4000 })];
    });
    assert.deepEqual(words, ["live", "stale", "stale", "live", "finished", "failed", "starting", "disconnected"]);
  });

  await check("markup in a customer's id stays text", async () => {
    await page.waitForFunction((id) => [...document.querySelectorAll('[data-testid="at_risk_row"]')].some((row) => row.dataset.customer === id), markupId, { timeout: 60_000 });
    assert.equal(await page.locator("#at-risk b").count(), 0);
  });
  await check("at the end of the file the account is the file, line by line", async () => {
    await waitForKind(page, "stale", 90_000);
    const shown = await readPage(page);
    const lines = stream.dataLines();
    assert.equal(Number(shown.events), lines.filter((line) => !isBroken(line)).length);
    assert.equal(Number(shown.refused), lines.filter(isBroken).length);
    assert.equal(readFileSync(stream.refusedFile, "utf8").trim().split("\n").length, Number(shown.refused));
    assert.match(shown.text.state, /^Stale since \d\d:\d\d:\d\d$/);
    assertEqualsStore(shown);
  });
  for (const lang of ["en", "fr"])
    await check(`on a phone no word of the table is cut, in ${lang}`, async () => {
      const other = await openPage(browser, `${address}?lang=${lang}&band=medium`, { viewport: { width: 360, height: 740 } }, "stale");
      await other.waitForSelector('[data-testid="at_risk_row"]');
      assert.deepEqual(await other.locator("#at-risk :is(th, td:not(:first-child))").evaluateAll((cells) =>
        cells.filter((cell) => cell.scrollWidth > cell.clientWidth).map((cell) => cell.textContent)), []);
      await other.close();
    });
  await checkDrift({ page, check, stream });
  await checkFrench({ browser, address, check, openPage, violations, kind: "stale" });
  await checkPictures({ browser, address, check, left: folder });
  await checkDay({ browser, address, check });
  await checkChoosing({ page, address, check, openPage, violations, browser, stream, markupId });
  await checkModel({ page, address, check, violations, stream });
  await checkOriginal({ page, address, check, openPage, violations, browser, stream });
  await checkOutcomes({ page, address, check, openPage, violations, browser, stream });
  await check("when rows come again it is live again", async () => {
    stream.addRows(1200);
    await waitForKind(page, "live", 10_000);
  });
  await checkKeyboard({ address, check, openPage, browser, stream });
  await check("no error and no warning on the console", async () => assert.deepEqual(troubles, []));

  await check("when the server is killed the page says disconnected, and recovers when it is back", async () => {
    await pause(1500);
    await stream.end("SIGKILL");
    await waitForKind(page, "disconnected", 10_000);
    assert.match(await page.textContent("#state-note"), /trying again/);
    await pause(3000);
    stream.moreSinks = '[[sink]]\nname = "archive"\ntype = "file"\npath = "no/such/folder/scored.jsonl"\nrequired = false';
    stream.morePage = 'hidden_columns = ["SeniorCitizen", "Partner", "Dependents"]';
    await stream.start();
    await waitForKind(page, "live", 30_000);
    const shown = await nextMoment(page, 1);
    assert.ok(Number(shown.events) >= 3600, "what was stored before is not on the page");
    assertEqualsStore(shown);
  });
  await check("an optional sink that is given up is named, with its error and the rows it was left out of", async () => {
    stream.addRows(300);
    await page.waitForFunction(() => Number(document.querySelector('[data-circuit="given_up"] [data-testid="sink_left_out"]')?.dataset.value) > 0, null, { timeout: 15_000 });
    const shown = await readPage(page);
    const [archive, sqlite] = shown.sinks;
    assert.deepEqual([archive.name, archive.circuit, sqlite.name, sqlite.circuit], ["archive", "given_up", "sqlite", "working"]);
    assert.ok(archive.left_out > 0 && sqlite.left_out === 0, JSON.stringify(shown.sinks));
    assert.match(archive.error, /does its folder exist/);
    assert.match(shown.text.notice, /archive has not taken rows since/);
    assert.deepEqual(await violations(page), []);
  });
  await waitForKind(page, "stale", 60_000);
  await checkShownGender({ page, check, stream, screenshot: screenshot?.replace(/(\.png)?$/, "-original.png") });
  await check("an orderly end leaves every row on the books", async () => {
    const { code } = await stream.end("SIGTERM");
    assert.equal(code, 0, stream.output.slice(-500));
    await waitForKind(page, "disconnected", 10_000);
    const refused = troubles.filter((text) => !/ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE/.test(text));
    assert.deepEqual(refused, []);
  });
  if (screenshot) await check("the screenshot is small enough for the README", async () => assert.ok(statSync(screenshot).size < 600_000));
}

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
try {
  await main(browser);
} catch (error) {
  ++failed;
  console.log(`FAILED  ${step}: ${error.stack}`);
} finally {
  await browser.close();
  await stream.end("SIGKILL");
  if (failed === 0) rmSync(folder, { recursive: true });
  else console.log(`left behind for a look: ${folder}\n${stream.output.slice(-2000)}`);
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
