// SPDX-License-Identifier: Apache-2.0
// What the checks of pages in headless Chromium have in common. NODE_FOLDER names the folder in whose node_modules
// playwright-core and axe-core are.
import { createRequire } from 'node:module';
import path from 'node:path';

const require = createRequire(path.join(process.env.NODE_FOLDER, 'package.json'));
const axe = require.resolve('axe-core/axe.min.js');
const { chromium } = require('playwright-core');
let failures = 0;

export const kScreens = { phone: { width: 390, height: 844 }, desktop: { width: 1366, height: 900 } };

export function launchBrowser() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update',
      '--no-first-run'],
  });
}

export function expect(isRight, complaint) {
  if (isRight) return;
  ++failures;
  console.error(`FAILED: ${complaint}`);
}

// To be called last: the exit status tells whether all was as expected.
export function finish() {
  process.exit(failures === 0 ? 0 : 1);
}

export async function checkWidth(page, name) {
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect(overflow <= 0, `${name}: is ${overflow} pixels wider than the screen`);
}

export async function checkAccessibility(page, name) {
  await page.addScriptTag({ path: axe });
  const { violations } = await page.evaluate(() => axe.run());
  for (const { id, nodes } of violations) {
    const places = nodes.slice(0, 3).map((node) => `${node.target}: ${node.any[0]?.message ?? ''}`);
    expect(false, `${name}: ${id}: ${places.join('; ')}`);
  }
}
