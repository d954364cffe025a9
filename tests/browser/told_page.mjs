// A page that is told its snapshots by the test, at moments the test chooses; everything else comes from the real server.

// The page's own clock is the browser's, in the hand of the test: page.clock of Playwright. The page has all its parts and
// shows `first`.
export async function openTold(browser, address, { first, settings = {}, prepare = () => {} }) {
  const page = await browser.newPage(settings);
  await page.clock.install({ time: first.time });
  await prepare(page);
  await page.route("**/api/v1/summary", (route) => route.fulfill({ json: first }));
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
  await page.waitForFunction(() => document.body.dataset.complete !== undefined && window.echarts && window.uPlot);
  await page.waitForLoadState("networkidle");  // what the first snapshot made the page ask for is there
  return page;
}
