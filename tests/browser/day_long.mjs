// A page that is open all day: twenty-four hours of snapshots by an accelerated clock, and what they leave behind.

import assert from "node:assert/strict";
import { openTold } from "./told_page.mjs";

const hours = 24, stepSeconds = 120;
const perHour = 3600 / stepSeconds;

// Snapshots of a busy hour: every number moves, customers come and go, rows are refused, a sink is in trouble.
function prepareDay(first) {
  window.snapshotAt = (step) => {
    const now = new Date(Date.parse(first.time) + step * 120_000).toISOString();
    const moved = (value) => value * (1 + 0.1 * Math.sin(step / 7));
    const store = {
      ...first.store, events: first.store.events + 150_000 * step, customers: first.store.customers + step,
      expected_churners: moved(first.store.expected_churners), revenue_at_risk: moved(first.store.revenue_at_risk),
      histogram: first.store.histogram.map((count, bin) => Math.round(count * (1 + 0.2 * Math.sin(step / 5 + bin)))),
      at_risk: first.store.at_risk.map((row, place) => ({ ...row, customer_id: `${step + place}-DAYLY`, expected_loss: moved(row.expected_loss) })),
    };
    const line = {
      seconds_ago: [...Array(120).keys()].reverse(), rows: Array.from({ length: 120 }, (_, at) => 4900 + ((step * 37 + at * 11) % 200)),
      p50_ms: Array(120).fill(2 + (step % 5)), p99_ms: Array(120).fill(9 + (step % 9)),
    };
    const refused = {
      by_reason: [{ reason: "a number is wanted", stage: "decode", rows: step }],
      recent: Array.from({ length: 5 }, (_, at) => ({ reason: "a number is wanted", stage: "decode", topic: "churn", partition: 0, offset: 40 * step + at, key: null, time: now })),
    };
    const sinks = first.sinks.map((sink) => ({ ...sink, circuit: step % 50 === 0 ? "trying_again" : sink.circuit, last_error: step % 50 === 0 ? "no answer" : "" }));
    return { ...first, seq: first.seq + step, time: now, last_record_at: now, store, line, sinks, refused: first.refused.recent.length ? refused : first.refused };
  };
}

async function left(page, session) {
  await session.send("HeapProfiler.collectGarbage");
  const { metrics } = await session.send("Performance.getMetrics");
  const { Nodes, JSEventListeners, JSHeapUsedSize } = Object.fromEntries(metrics.map(({ name, value }) => [name, value]));
  return { nodes: Nodes, listeners: JSEventListeners, heap: JSHeapUsedSize };
}

// What lies there at the end of every hour.
async function live(page, first, hours) {
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable");
  await page.evaluate(prepareDay, first);
  const told = [];
  for (let hour = 0; hour < hours; ++hour) {
    for (let step = hour * perHour; step < (hour + 1) * perHour; ++step) {
      await page.evaluate((at) => window.tell(window.snapshotAt(at)), step);
      await page.clock.fastForward(stepSeconds * 1000);
    }
    told.push(await left(page, session));
  }
  return told;
}

// The first hours fill what has a limit: compiled code, for the memory.
function assertNothingGrows(told) {
  const [early, late] = [told.slice(3, 7), told.slice(-3)];
  for (const [what, limit] of Object.entries({ nodes: 1.03, listeners: 1.1, heap: 1.2 })) {
    const most = (hoursTold) => Math.max(...hoursTold.map((hour) => hour[what]));
    assert.ok(most(late) <= limit * most(early), `${what}: ${most(early)} in the morning, ${most(late)} in the evening`);
  }
}

export async function checkDay({ browser, address, check }) {
  const first = await (await fetch(`${address}api/v1/summary`)).json();
  const settings = { viewport: { width: 480, height: 320 } };
  await check("twenty-four hours of snapshots leave no more nodes, listeners or memory behind than the first ones", async () => {
    const page = await openTold(browser, address, { first, settings });
    const told = await live(page, first, hours);
    assert.equal(await page.getAttribute('[data-testid="seq"]', "data-value"), String(first.seq + hours * perHour - 1));
    assertNothingGrows(told);
    await page.close();
  });
  await check("a planted leak of ten nodes a snapshot is found", async () => {
    const page = await openTold(browser, address, { first, settings });
    await page.evaluate(() => {
      const kept = [];
      new MutationObserver(() => kept.push(...Array.from({ length: 10 }, () => document.createElement("i")))).observe(document.querySelector('[data-testid="seq"]'), { childList: true, characterData: true, subtree: true, attributes: true });
    });
    const told = await live(page, first, 10);
    assert.throws(() => assertNothingGrows(told), /nodes/);
    await page.close();
  });
}
