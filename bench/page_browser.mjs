#!/usr/bin/env node
// What a viewer's browser has to say of the page: how soon it shows numbers, and how long its frames are while rows stream.
//
// usage: node bench/page_browser.mjs ADDRESS SECONDS      prints one line of JSON

import { createRequire } from "node:module";

const require = createRequire(new URL("../third_party/package.json", import.meta.url));
const { chromium } = require("playwright-core");
const [address, seconds] = process.argv.slice(2);
const loads = 15;
const settling = 600;  // ms from a tab's opening to its first address: nobody types faster, and a new tab keeps a browser busy

// The first frame behind the first numbers, in ms since the navigation began, in a tab of its own that keeps nothing from
// the one before.
const firstNumbers = () => new Promise((tell) => {
  const look = () => {
    const shown = document.querySelector('[data-testid="customers"]')?.dataset.value;
    requestAnimationFrame(() => (shown ? setTimeout(() => tell(performance.now())) : look()));
  };
  look();
});

// The main thread's tasks, [processor time, time by the clock] in ms, the longest last: no frame is shorter than the longest.
async function trace(page, ms) {
  const session = await page.context().newCDPSession(page);
  const events = [];
  session.on("Tracing.dataCollected", ({ value }) => events.push(...value));
  await session.send("Tracing.start", { transferMode: "ReportEvents", traceConfig: { includedCategories: ["toplevel", "devtools.timeline", "disabled-by-default-devtools.timeline"] } });
  await page.waitForTimeout(ms);
  const complete = new Promise((resolve) => session.once("Tracing.tracingComplete", resolve));
  await session.send("Tracing.end");
  await complete;
  const mine = new Set(events.filter(({ name, args }) => name === "thread_name" && args.name === "CrRendererMain").map(({ pid, tid }) => `${pid} ${tid}`));
  return events.filter(({ name, ph, pid, tid }) => ph === "X" && name.endsWith("RunTask") && mine.has(`${pid} ${tid}`))
    .map(({ dur, tdur }) => [tdur / 1000, dur / 1000]).sort(([a], [b]) => a - b);
}

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
try {
  const paints = [];
  for (let load = 0; load < loads; ++load) {
    const page = await browser.newPage();
    await page.addInitScript(`window.firstNumbers = (${firstNumbers})()`);
    await page.waitForTimeout(settling);
    await page.goto(address, { waitUntil: "commit" });
    paints.push(await page.evaluate(() => window.firstNumbers));
    await page.close();
  }
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  await page.goto(address);
  await page.waitForFunction(() => document.body.dataset.state === "live");
  await page.waitForTimeout(2000);
  const seq = () => page.evaluate(() => Number(document.querySelector('[data-testid="seq"]').dataset.value));
  const before = await seq();
  const begin = Date.now();
  const tasks = await trace(page, seconds * 1000);
  const took = (Date.now() - begin) / 1000;
  console.log(JSON.stringify({ paints, updates: ((await seq()) - before) / took, tasks: tasks.length, longest: tasks.slice(-5) }));
} finally {
  await browser.close();
}
