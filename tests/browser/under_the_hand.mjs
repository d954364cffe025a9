// What somebody is looking at stays while rows stream: the tooltip over a bar, the point of a line, and a text that is selected.

import assert from "node:assert/strict";

// What the tooltip says is painted, not written: it is read from the chart's own list of shapes.
const tooltip = (page) => page.evaluate(() => {
  const chart = window.echarts.getInstanceByDom(document.getElementById("histogram"));
  const texts = chart.getZr().storage.getDisplayList(true).filter((shape) => !shape.ignore && !shape.invisible).map((shape) => String(shape.style.text ?? ""));
  return texts.find((text) => /^\d+ to \d+ %: /.test(text)) ?? null;
});

async function hoverOver(page, bin) {
  const bars = page.locator("#histogram");
  await bars.scrollIntoViewIfNeeded();
  const { x, y } = await page.evaluate((at) => {
    const place = document.getElementById("histogram"), box = place.getBoundingClientRect();
    const chart = window.echarts.getInstanceByDom(place);
    const [inX, inY] = chart.convertToPixel({ xAxisIndex: 0, yAxisIndex: 0 }, [(at + 0.5) / 20, 1]);
    return { x: box.x + inX, y: box.y + inY };
  }, bin);
  await page.mouse.move(x, y - 1);
  await page.mouse.move(x, y);
}

const countIn = (text) => Number(text.replace(/^.*: /, "").replace(/\D/g, ""));
const counted = (page, bin) => page.evaluate((at) => Number(document.querySelector(`[data-testid="histogram_${at}"]`).dataset.value), bin);

// later(n): the page has drawn n more snapshots.
export async function checkUnderTheHand({ page, check, later }) {
  await check("the tooltip over a bar stays while rows come, and tells the newest count", async () => {
    const bin = await page.evaluate(() => [...Array(20).keys()].reduce((best, at) => {
      const count = (one) => Number(document.querySelector(`[data-testid="histogram_${one}"]`).dataset.value);
      return count(at) > count(best) ? at : best;
    }, 0));
    assert.equal(await tooltip(page), null);
    await hoverOver(page, bin);
    await page.waitForTimeout(500);
    const first = await tooltip(page);
    assert.ok(first, "no tooltip came");
    const before = countIn(first);
    assert.ok(before > 0, first);
    await later(2);
    const still = await tooltip(page);
    assert.ok(still, "the tooltip went away");
    const now = await counted(page, bin);
    assert.ok(countIn(still) > before && countIn(still) <= now, `${first}, then ${still}, and ${now} stand in the table`);
    await page.mouse.move(2, 2);
  });
  await check("the point of the lines under the pointer is told, and stays told while rows come", async () => {
    await page.locator("#flow-latency").scrollIntoViewIfNeeded();
    const told = (name) => page.textContent(`[data-testid="flow_${name}_at"]`);
    assert.equal(await told("rows"), "");
    const { x, y, width, height } = await page.locator("#flow-rows .u-over").boundingBox();
    await page.mouse.move(x + width - 10, y + height / 2);
    await page.mouse.move(x + width - 4, y + height / 2);
    for (const moment of ["at once", "later"]) {
      assert.match(await told("rows"), /^(now|\d+ s ago): [\d.,]+$/, moment);
      assert.match(await told("latency"), /^(now|\d+ s ago): (–|[\d.,]+\s\w+), (–|[\d.,]+\s\w+)$/, moment);
      if (moment === "at once") await later(2);
    }
    await page.mouse.move(2, 2);
    await page.waitForFunction(() => document.querySelector('[data-testid="flow_rows_at"]').textContent === "");
  });
  await check("a selected text stays selected while rows come", async () => {
    const row = page.locator('[data-testid="at_risk_row"]').nth(3);
    await row.hover();
    for (const selector of ["#at-risk tbody tr:nth-child(4) td:first-child", ".cards h2", '[data-testid="model"]']) {
      const selected = await page.evaluate((wanted) => {
        getSelection().selectAllChildren(document.querySelector(wanted));
        return getSelection().toString();
      }, selector);
      assert.ok(selected.length > 3, `${selector}: "${selected}"`);
      await later(1);
      assert.equal(await page.evaluate(() => getSelection().toString()), selected, selector);
    }
    await page.evaluate(() => getSelection().removeAllRanges());
    await page.mouse.move(2, 2);
  });
}
