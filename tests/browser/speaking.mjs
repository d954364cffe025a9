// The page in French: no English is left where the dictionary has other words, and the dictionary has a word for all that
// stands in the page.

import assert from "node:assert/strict";

// Texts that people see, and names that are read aloud.
const textsOf = (page) => page.evaluate(() => {
  const found = new Set();
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = texts.nextNode(); node; node = texts.nextNode()) found.add(node.data.trim());
  for (const element of document.querySelectorAll("[aria-label], [placeholder]"))
    for (const name of ["aria-label", "placeholder"]) if (element.hasAttribute(name)) found.add(element.getAttribute(name));
  return [...found];
});

export async function checkFrench({ browser, address, check, openPage, violations, kind }) {
  await check("a French browser gets a French page, and no English is left in it", async () => {
    const page = await openPage(browser, address, { viewport: { width: 1280, height: 900 }, locale: "fr-FR" }, kind);
    await page.waitForSelector("#heat-map button");
    assert.equal(await page.getAttribute("html", "lang"), "fr");
    const dictionary = await page.evaluate(async () => (await import("/js/french.js")).french);
    const texts = (await textsOf(page)).filter((text) => text !== "Telco customers");  // the stream's own title
    const left = texts.filter((text) => dictionary[text] !== undefined && dictionary[text] !== text);
    assert.deepEqual(left, []);
    // Sentences with values in them: the English around the values must not be there either.
    for (const english of Object.keys(dictionary).filter((one) => one.includes("{") && dictionary[one] !== one)) {
      const form = new RegExp(`^${english.split(/\{\d\}/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join(".+")}$`);
      const french = new RegExp(`^${dictionary[english].split(/\{\d\}/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join(".+")}$`);
      if (/[a-z]{2}/i.test(english.replace(/\{\d\}/g, ""))) assert.deepEqual(texts.filter((text) => form.test(text) && !french.test(text)), [], english);
    }
    assert.match(await page.textContent('[data-testid="revenue_at_risk"]'), /^\d[\d\s\u202f]*\u00a0\$$/);
    assert.deepEqual(await violations(page), []);
    await page.click("#at-risk .open");
    await page.waitForSelector("dialog[open] #customer-past tr");
    assert.ok((await page.locator("#customer-score dt").allTextContents()).includes("Probabilité"));
    await page.keyboard.press("Escape");
    await Promise.all([page.waitForNavigation(), page.selectOption("#lang", "en")]);
    assert.equal(await page.getAttribute("html", "lang"), "en");
    assert.equal(new URL(page.url()).searchParams.get("lang"), "en");
    await page.close();
  });
  await check("numbers and times read as the browser's own Intl writes them, in both languages", async () => {
    for (const [locale, language] of [["en-US", "en"], ["fr-FR", "fr"]]) {
      const page = await openPage(browser, address, { viewport: { width: 800, height: 600 }, locale }, kind);
      const pairs = await page.evaluate(async (language) => {
        const format = await import("/js/format.js");
        const whole = new Intl.NumberFormat(language, { maximumFractionDigits: 0 });
        const oneDigit = new Intl.NumberFormat(language, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
        const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
        // No 0.95, which no double is: ours rounds the double, Intl its shortest decimals.
        const numbers = [0, 0.04, 0.06, 0.25, 0.5, 0.96, 1.5, 2.5, 9.75, 99.94, 99.96, 100, 999.5, 1000, 1234.56, 99999.5, 1234567.5, 9007199254740991, -1234.5];
        const times = ["2026-01-02T00:00:00Z", "2026-07-08T23:59:59.999Z", "2026-11-25T12:05:09.25Z"];
        return [...numbers.map((one) => [format.count(one), whole.format(one)]),
                ...numbers.map((one) => [format.amount(one), (one < 100 ? oneDigit : whole).format(one)]),
                ...[0, 0.0004, 0.0625, 0.2654, 0.9996, 1].map((one) => [format.percent(one), `${oneDigit.format(one * 100)}\u202f%`]),
                ...times.map((one) => [format.time(one), clock.format(new Date(one))])];
      }, language);
      for (const [ours, theirs] of pairs) assert.equal(ours, theirs, language);
      await page.close();
    }
  });
  await check("every text of the page's own markup has its French", async () => {
    const page = await openPage(browser, address, { viewport: { width: 800, height: 600 } }, kind);
    const missing = await page.evaluate(async () => {
      const { french } = await import("/js/french.js");
      const own = new DOMParser().parseFromString(await (await fetch("/")).text(), "text/html").body;
      const texts = document.createTreeWalker(own, NodeFilter.SHOW_TEXT), found = new Set();
      for (let node = texts.nextNode(); node; node = texts.nextNode()) found.add(node.data.trim());
      for (const element of own.querySelectorAll("[aria-label]")) found.add(element.getAttribute("aria-label"));
      return [...found].filter((text) => /[a-z]{2}/i.test(text) && !["Churnstream", "English", "français"].includes(text) && french[text] === undefined);
    });
    assert.deepEqual(missing, []);
    await page.close();
  });
}
