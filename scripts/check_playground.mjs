// SPDX-License-Identifier: Apache-2.0
// Opens the playground in headless Chromium and complains of what is wrong with it; run by check_playground.sh.
// Usage: node check_playground.mjs FOLDER PLAYGROUND.html|URL, with screenshots into FOLDER; the URL is a server's.
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { checkAccessibility, checkWidth, expect, finish, kScreens, launchBrowser } from './browser_checks.mjs';

const kMaxBytes = 2_500_000;
const kMaxFirstColours = 1;  // seconds of processor time after 10 KB were pasted
const kMinSpeed = 1000;      // bytes per second by gzip's tables
const slack = Number(process.env.SLACK ?? 1);
const samples = path.join(path.dirname(fileURLToPath(import.meta.url)), '../samples');
const [folder, file] = process.argv.slice(2);
const isServed = file.startsWith('http');
const address = isServed ? file : pathToFileURL(file).href;

// Seconds of processor time of the browser and all its processes so far.
function processorSeconds() {
  const parents = new Map();
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, '').split(' ');
      parents.set(Number(pid), { parent: Number(fields[1]), ticks: Number(fields[11]) + Number(fields[12]) });
    } catch {
      // It has ended.
    }
  }
  const isOurs = (pid) => pid === process.pid || (parents.has(pid) && pid > 1 && isOurs(parents.get(pid).parent));
  let ticks = 0;
  for (const [pid, one] of parents) if (pid !== process.pid && isOurs(pid)) ticks += one.ticks;
  return ticks / 100;
}

async function open(browser, options = {}) {
  const context = await browser.newContext({ viewport: kScreens.desktop, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000 * slack);
  page.on('console', (message) =>
    expect(!['error', 'warning'].includes(message.type()), `console: ${message.text()}`));
  page.on('pageerror', (error) => expect(false, error.message));
  page.on('request', (request) => expect(/^(file|data|blob):/.test(request.url()) ||
    (isServed && request.url().startsWith(file)), `asks for ${request.url()}`));
  await page.goto(address);
  await page.waitForSelector('.heat span');
  await settled(page);
  return page;
}

// Until all cards are scored.
const settled = (page) => page.waitForFunction(() => {
  const cards = [...document.querySelectorAll('#cards .card')];
  return cards.length > 0 && cards.every((card) => card.getAttribute('aria-busy') === 'false');
});

async function choose(page, models) {
  await page.evaluate((wanted) => {
    for (const box of document.querySelectorAll('#models input')) {
      if (box.checked !== wanted.includes(box.value)) box.click();
    }
  }, models);
}

// ---- speed ----

async function checkSpeed(browser) {
  const page = await open(browser);
  await choose(page, ['gzip:9']);
  await settled(page);
  const text = readFileSync(path.join(samples, 'text.txt'), 'utf8').repeat(3).slice(0, 10_000)
    .replace(/keeper/g, () => 'k' + Math.random().toString(36).slice(2, 8));
  await page.evaluate(() => new Promise((done) => { setTimeout(done, 2000); }));  // until the core is compiled well
  const began = processorSeconds();
  await page.evaluate((pasted) => {
    const area = document.getElementById('text');
    area.value = pasted;
    area.dispatchEvent(new Event('input'));
  }, text);
  await page.waitForFunction(() => document.querySelectorAll('.heat span').length >= 150);
  const first = processorSeconds() - began;
  await page.waitForFunction((size) => document.querySelectorAll('.heat span').length === size, [...text].length);
  const all = processorSeconds() - began;
  const rate = text.length / all;
  console.log(`10 KB pasted, processor time: first colours after ${first.toFixed(2)} s, all after ${all.toFixed(2)} s, ` +
    `${Math.round(rate)} bytes/s`);
  expect(first <= kMaxFirstColours * slack, `first colours after ${first} s`);
  expect(rate * slack >= kMinSpeed, `${rate} bytes per second by gzip's tables`);
  await page.context().close();
}

// ---- the same as the command ----

const kPrompt = 'The keeper climbed the stairs and lit the lamp, and the keeper climbed the stairs ';
const kRuns = [
  { model: 'gzip:9', count: 150 },
  { model: 'gzip:9', count: 100, temperature: 0.5, top_p: 0.8 },
  { model: 'gzip:9@lengths', count: 60, temperature: 0.7 },
  { model: 'xz:6', count: 100 },
  { model: 'ppm:6', count: 150, temperature: 0.8 },
  { model: 'cm', count: 100 },
  { model: 'lm:english-small', count: 100, temperature: 0.8 },
  { model: 'gzip:9', count: 100, method: 'dream' },
  { model: 'gzip:9', count: 48, method: 'beam', beam_width: 8, temperature: 0 },
];

function byCommand(run) {
  const [model, probs] = run.model.split('@');
  const more = ['-n', run.count, '--seed', 7, '-p', kPrompt, '-q', '--no-prompt'];
  if (probs) more.push('--probs', probs);
  if (run.method) more.push('--method', run.method);
  if (run.beam_width) more.push('--beam-width', run.beam_width);
  if (run.temperature !== undefined) more.push('--temp', run.temperature);
  if (run.top_p) more.push('--top-p', run.top_p);
  return execFileSync(process.env.ZIPDREAM, ['generate', model, ...more.map(String), '-o', '/dev/stdout']);
}

async function checkSameOutput(browser) {
  const page = await open(browser);
  for (const run of kRuns) {
    const request = { ...run, prompt: kPrompt, max_tokens: run.count, seed: 7, return_bytes: true };
    const generated = await page.evaluate(async (body) => {
      const bytes = [];
      for await (const piece of backend.stream('/v1/completions', body)) bytes.push(...bytesOfBase64(piece.choices[0].bytes));
      return bytes;
    }, request);
    const expected = byCommand(run);
    const name = `${run.model} ${run.method ?? 'sample'}`;
    expect(Buffer.from(generated).equals(expected), `${name}: the page has '${Buffer.from(generated)}', the command '${expected}'`);
    if (Buffer.from(generated).equals(expected)) console.log(`${name}: ${run.count} bytes as the command has them`);
  }
  await page.context().close();
}

// ---- a text, its places, a picture, and the coder ----

async function checkPlace(page) {
  await choose(page, ['gzip:9', 'ppm:6', 'cm']);
  await page.fill('#text', 'a ship sails at nine past the old mill, and then a ship sails at nine');
  await page.waitForTimeout(400);
  await settled(page);
  const heat = page.locator('.card[data-model="gzip:9"] .heat');
  await heat.locator('span').nth(60).click();
  await page.waitForSelector('#place .sources');
  expect(await page.locator('.card[data-model="gzip:9"] .arcs path').count() > 0, 'there are no arcs');
  const words = await page.locator('#place').innerText();
  expect(/from byte 1[0-9]/.test(words), `the sources are told otherwise: ${words}`);
  await page.locator('#place .choice').nth(2).click();
  await page.waitForTimeout(300);
  expect(await page.locator('#place .choice[aria-pressed="true"]').count() === 1, 'a choice is not pressed');
  await page.locator('.card[data-model="cm"] .heat span').nth(60).click();
  await page.waitForFunction(() => document.getElementById('place').innerText.includes('can’t tell'));
  await heat.locator('span').nth(60).click();
  await page.waitForSelector('.card[data-model="gzip:9"] .arcs path');
}

async function checkKeyboard(page) {
  await page.focus('#text');
  for (let tabs = 0; tabs < 60; ++tabs) {
    await page.keyboard.press('Tab');
    if (await page.evaluate(() => document.activeElement.classList.contains('heat'))) break;
  }
  expect(await page.evaluate(() => document.activeElement.classList.contains('heat')), 'Tab doesn’t come to the heat text');
  for (let i = 0; i < 12; ++i) await page.keyboard.press('ArrowRight');
  expect(await page.locator('#tip').isVisible(), 'the arrow keys tell nothing');
  await page.evaluate(() => { document.getElementById('place').hidden = true; });
  await page.keyboard.press('Enter');
  await page.waitForSelector('#place:not([hidden]) .choice');
  await page.keyboard.press('Escape');
  expect(!await page.locator('#tip').isVisible(), 'Escape hides nothing');
  await page.focus('#go');
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.querySelector('#output .generated')?.textContent.length > 50);
  await page.waitForFunction(() => !document.getElementById('go').disabled);
  await page.focus('#coding summary');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.coder .division');
  await page.focus('#coder-step');
  await page.keyboard.press('ArrowRight');
  await page.waitForFunction(() => document.querySelectorAll('.coder .division').length === 4);
}

async function checkPicture(page) {
  await page.setInputFiles('#media-file', path.join(samples, 'rock.png'));
  await page.waitForFunction(() => !document.getElementById('media-go').disabled);
  await page.selectOption('#media-model', 'image');
  await page.evaluate(() => { document.getElementById('kept').value = 0.85; });
  await page.click('#media-go');
  await page.waitForFunction(() => /^Row/.test(document.getElementById('media-words').textContent));
  await page.waitForFunction(() => document.getElementById('media-stop').disabled);
  const words = await page.locator('#media-words').innerText();
  const [, row, height] = /Row (\d+) of (\d+)/.exec(words) ?? [];
  expect(row && row === height, `the picture ends at ${words}`);
  console.log(`a picture: ${words}`);
}

async function checkSound(page) {
  await page.setInputFiles('#media-file', path.join(samples, 'sound.wav'));
  await page.waitForFunction(() => document.getElementById('media-words').textContent.includes('seconds'));
  await page.selectOption('#media-model', 'gzip:9');
  await page.click('#media-go');
  await page.waitForSelector('#media-view audio');
}

async function checkSharing(browser, page) {
  await page.fill('#text', 'to be shared, ¿ünïcode?');
  await page.waitForTimeout(300);
  const address = page.url();
  const other = await browser.newPage();
  await other.goto(address);
  await other.waitForSelector('.heat span');
  expect(await other.inputValue('#text') === 'to be shared, ¿ünïcode?', 'a shared text arrives otherwise');
  await other.close();
}

async function checkStop(page) {
  await page.selectOption('#generator', 'lm:english-small');
  await page.fill('#count', '4000');
  await page.click('#go');
  await page.waitForFunction(() => document.querySelector('#output .generated')?.textContent.length > 5);
  await page.evaluate(() => document.getElementById('stop').click());  // it may have ended
  await page.waitForFunction(() => !document.getElementById('go').disabled);
  await page.selectOption('#generator', 'gzip:9');
  await page.fill('#count', '40');
  await page.click('#go');
  await page.waitForFunction(() => !document.getElementById('go').disabled && !document.getElementById('take').disabled);
}

// ---- looks ----

async function checkLayout(page, name) {
  await checkWidth(page, name);
  const small = await page.evaluate(() => [...document.querySelectorAll('button, select')].filter((node) =>
    node.offsetParent && node.getBoundingClientRect().height < 24).map((node) => node.textContent.slice(0, 20)));
  expect(small.length === 0, `${name}: too small to be touched: ${small}`);
}

async function checkLooks(browser, screen, colorScheme) {
  const name = `${isServed ? 'served' : 'playground'}-${screen}-${colorScheme}`;
  const page = await open(browser, { viewport: kScreens[screen], colorScheme, bypassCSP: true });
  await checkPlace(page);
  await page.click('#go');
  await page.waitForFunction(() => !document.getElementById('take').disabled);
  await checkPicture(page);
  await page.click('#coding summary');
  await page.waitForSelector('.coder .division');
  await page.mouse.move(0, 0);
  await checkLayout(page, name);
  await page.screenshot({ path: path.join(folder, `${name}.png`), fullPage: true });
  await checkAccessibility(page, name);
  console.log(`${name}: looked at`);
  await page.context().close();
}

const browser = await launchBrowser();
if (!isServed) {
  const size = statSync(file).size;
  console.log(`${path.basename(file)}: ${size} bytes`);
  expect(size <= kMaxBytes, `${size} bytes are more than ${kMaxBytes}`);
}
await checkSpeed(browser);
await checkSameOutput(browser);
const page = await open(browser);
await checkPlace(page);
await checkKeyboard(page);
await checkPicture(page);
await checkSound(page);
await checkStop(page);
await checkSharing(browser, page);
for (const screen of Object.keys(kScreens)) {
  for (const colorScheme of ['light', 'dark']) await checkLooks(browser, screen, colorScheme);
}
await browser.close();
finish();
