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
