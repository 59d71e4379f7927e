// SPDX-License-Identifier: Apache-2.0
// Opens pages of `zipdream compare --html` and `rates --html` in headless Chromium and complains of what is wrong
// with them; run by check_page.sh. Usage: node check_page.mjs FOLDER PAGE..., with screenshots into FOLDER.
import path from 'node:path';
import { pathToFileURL } from 'node:url';

import { checkAccessibility, checkWidth, expect, finish, kScreens, launchBrowser } from './browser_checks.mjs';

const [folder, ...pages] = process.argv.slice(2);

async function checkLayout(page, name) {
  await checkWidth(page, name);
  const broken = await page.evaluate(() =>
    [...document.images].filter((image) => !image.complete || image.naturalWidth === 0).length);
  expect(broken === 0, `${name}: ${broken} broken pictures`);
  const drawn = await page.evaluate(() => [...document.querySelectorAll('canvas')].every((canvas) =>
    canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some((value) => value !== 0)));
  expect(drawn, `${name}: a chart is empty`);
  const painted = await page.evaluate(() => [...document.querySelectorAll('canvas')].every((canvas) => {
    const chart = window.Chart?.getChart(canvas);
    return !chart || chart.config.type !== 'bar' || chart.data.datasets.every((set, index) =>
      chart.getDatasetMeta(index).data.every((bar) => bar.options.backgroundColor === set.backgroundColor));
  }));
  expect(painted, `${name}: a bar has another colour than its legend`);
}

async function checkHover(page, name, shot) {
  const text = page.locator('.heat').first();
  if (await text.count() === 0) return;
  await text.scrollIntoViewIfNeeded();
  const tip = page.locator('#tip');
  await text.locator('span').nth(2).hover();
  const tells = await tip.isVisible() && /bits, probability .* rank/.test(await tip.innerText());
  expect(tells, `${name}: hovering tells nothing`);
  await page.screenshot({ path: shot });
  await page.mouse.move(0, 0);
  expect(!await tip.isVisible(), `${name}: what hovering told stays`);
  await text.focus();
  await page.keyboard.press('ArrowRight');
  const first = await tip.innerText();
  await page.keyboard.press('ArrowRight');
  expect(await tip.isVisible() && await tip.innerText() !== first, `${name}: the arrow keys tell nothing`);
  await page.keyboard.press('Escape');
  expect(!await tip.isVisible(), `${name}: Escape hides nothing`);
}

// How many audio elements the page has.
async function checkAudio(page, name) {
  const loaded = await page.evaluate(() =>
    Promise.all([...document.querySelectorAll('audio')].map((audio) => new Promise((done) => {
      const tell = () => done({ error: audio.error?.message ?? null, seconds: audio.duration });
      if (audio.readyState >= 1 || audio.error) return tell();
      audio.addEventListener('loadedmetadata', tell);
      audio.addEventListener('error', tell);
      audio.load();
    }))));
  for (const { error, seconds } of loaded) {
    expect(error === null && seconds > 0, `${name}: audio does not load: ${error}`);
  }
  return loaded.length;
}

async function checkPage(browser, file, screen, colorScheme) {
  const name = `${path.basename(file, '.html')}-${screen}-${colorScheme}`;
  // axe is put in by the checker, which the page's own policy would refuse; the first visit is under the policy.
  for (const bypassCSP of [false, true]) {
    const viewport = kScreens[screen];
    const context = await browser.newContext({ viewport, colorScheme, bypassCSP, deviceScaleFactor: 1 });
    const page = await context.newPage();
    page.on('console', (message) =>
      expect(!['error', 'warning'].includes(message.type()), `${name}: console: ${message.text()}`));
    page.on('pageerror', (error) => expect(false, `${name}: ${error.message}`));
    page.on('request', (request) =>
      expect(/^(file|data):/.test(request.url()), `${name}: asks for ${request.url()}`));
    await page.goto(pathToFileURL(file).href);
    if (bypassCSP) {
      await checkAccessibility(page, name);
    } else {
      await checkLayout(page, name);
      await page.screenshot({ path: path.join(folder, `${name}.png`), fullPage: true });
      await checkHover(page, name, path.join(folder, `${name}-hover.png`));
      const count = await checkAudio(page, name);
      console.log(`${name}: looked at${count ? `, ${count} audio elements load` : ''}`);
    }
    await context.close();
  }
}

const browser = await launchBrowser();
for (const file of pages) {
  for (const screen of Object.keys(kScreens)) {
    for (const colorScheme of ['light', 'dark']) await checkPage(browser, path.resolve(file), screen, colorScheme);
  }
}
await browser.close();
finish();
