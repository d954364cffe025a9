// A page that is told its snapshots by the test, at moments the test chooses; everything else comes from the real server.

// The page's own clock is the browser's, in the hand of the test: page.clock of Playwright.
export async function openTold(browser, address, { time, settings = {}, prepare = () => {} }) {
  const page = await browser.newPage(settings);
  await page.clock.install({ time });
  await prepare(page);
  await page.addInitScript(() => {
    window.EventSource = class extends EventTarget {
      constructor() {
        super();
        window.tell = (snapshot) => this.dispatchEvent(new MessageEvent("snapshot", { data: JSON.stringify(snapshot) }));
      }
      close() {}
    };
  });
  await page.goto(address);
  await page.waitForFunction(() => window.tell !== undefined);
  return page;
}
