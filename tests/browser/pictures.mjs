// The page as it looked when somebody last approved of it: the same snapshot and answers, at three widths, pixel by pixel.
// The pictures belong to Debian's chromium and DejaVu Sans, which scripts/setup brings.

import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { openTold } from "./told_page.mjs";

const folder = new URL("pictures/", import.meta.url).pathname;
const told = folder + "told.json";
const widths = [360, 1280, 2560];
const differentMost = 0.005;  // of the pixels

const pathOf = (url) => new URL(url).pathname + new URL(url).search;

// Answers of the API: as stored, or, while pictures are recorded, the server's own, kept.
async function answerFrom(page, answers, isRecording) {
  await page.route(/\/api\/v1\/(?!events)/, async (route) => {
    const path = pathOf(route.request().url());
    if (isRecording && !(path in answers)) answers[path] = await (await route.fetch()).json();
    if (path in answers) await route.fulfill({ json: answers[path] });
    else await route.fulfill({ status: 404, json: { title: `no answer is stored for ${path}` } });
  });
}

async function pictureAt(browser, address, width, { snapshot, answers }, { isRecording = false, style = "" } = {}) {
  const settings = { viewport: { width, height: 900 }, deviceScaleFactor: 1, colorScheme: "light", reducedMotion: "reduce", locale: "en-US", timezoneId: "UTC", bypassCSP: true };
  const page = await openTold(browser, address, {
    first: snapshot, settings, prepare: (fresh) => answerFrom(fresh, answers, isRecording) });
  await page.addStyleTag({ content: `* { font-family: "DejaVu Sans" !important; caret-color: transparent !important } ${style}` });
  await page.evaluate((one) => window.tell(one), snapshot);
  await page.clock.runFor(500);
  await page.waitForLoadState("networkidle");
  await page.clock.runFor(1500);
  const picture = await page.screenshot({ fullPage: true });
  await page.close();
  return picture;
}

// The share of pixels that differ in some channel by more than a rounding; 1 where the sizes differ.
async function difference(browser, one, other) {
  const page = await browser.newPage();
  const share = await page.evaluate(async (pictures) => {
    const [a, b] = await Promise.all(pictures.map(async (base64) => {
      const image = new Image();
      image.src = `data:image/png;base64,${base64}`;
      await image.decode();
      const canvas = new OffscreenCanvas(image.width, image.height), pen = canvas.getContext("2d");
      pen.drawImage(image, 0, 0);
      return pen.getImageData(0, 0, image.width, image.height);
    }));
    if (a.width !== b.width || a.height !== b.height) return 1;
    let different = 0;
    for (let at = 0; at < a.data.length; at += 4)
      different += [0, 1, 2].some((channel) => Math.abs(a.data[at + channel] - b.data[at + channel]) > 8);
    return different / (a.data.length / 4);
  }, [one, other].map((picture) => picture.toString("base64")));
  await page.close();
  return share;
}

export async function recordPictures(browser, address) {
  mkdirSync(folder, { recursive: true });
  const kept = { snapshot: await (await fetch(`${address}api/v1/summary`)).json(), answers: {} };
  for (const width of widths)
    writeFileSync(`${folder}${width}.png`, await pictureAt(browser, address, width, kept, { isRecording: true }));
  writeFileSync(told, JSON.stringify(kept, null, 1) + "\n");
}

export async function checkPictures({ browser, address, check, left }) {
  const kept = existsSync(told) && JSON.parse(readFileSync(told, "utf8"));
  for (const width of widths)
    await check(`at ${width} px the page looks as it is stored`, async () => {
      const stored = readFileSync(`${folder}${width}.png`);
      const picture = await pictureAt(browser, address, width, kept);
      const share = await difference(browser, stored, picture);
      if (share > differentMost) writeFileSync(`${left}/${width}.png`, picture);
      assert.ok(share <= differentMost, `${(100 * share).toFixed(2)} % of the pixels differ; if this is meant, look at ${left}/${width}.png and run with --record`);
    });
  await check("a card that is not there is seen in the picture", async () => {
    const picture = await pictureAt(browser, address, 1280, kept, { style: '[data-testid="customers"] { visibility: hidden } .cards { margin-top: 3px }' });
    assert.ok(await difference(browser, readFileSync(`${folder}1280.png`), picture) > differentMost);
  });
}
