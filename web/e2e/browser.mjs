// Debian's Chromium under playwright-core: a fresh profile each time, and nothing leaves the host.
import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';

const paths = [
  process.env.CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
];

export async function launch() {
  const executablePath = paths.find((p) => p && existsSync(p));
  if (!executablePath) throw new Error('no Chromium found: apt-get install -y chromium, or set CHROMIUM');
  return chromium.launch({
    executablePath,
    headless: true,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  });
}

export async function openPage(browser, { theme = 'light', width = 1440, height = 960, scale = 1, url }) {
  const context = await browser.newContext({
    viewport: { width, height },
    deviceScaleFactor: scale,
    colorScheme: theme,
    baseURL: url,
    timezoneId: 'UTC',
    hasTouch: width < 700,
  });
  const page = await context.newPage();
  const troubles = [];
  page.on('request', (r) => {
    if (!r.url().startsWith(url) && !/^(blob|data):/.test(r.url()))
      troubles.push(`request to another host: ${r.url()}`);
  });
  page.on('pageerror', (e) => troubles.push(`script error: ${e.message}`));
  page.on('console', (m) => {
    if (m.type() === 'error' && !/status of 4\d\d/.test(m.text())) troubles.push(`console: ${m.text()}`);
  });
  return { context, page, troubles };
}

/**
 * Waits until nothing loads any more and fonts are there; pages hold an event stream open. A page
 * draws its skeleton late, so that it is looked for twice.
 */
export async function settle(page) {
  const isQuiet = () =>
    page.waitForFunction(
      () => document.querySelector('main') && !document.querySelector('.skeleton, .is-refreshing'),
      null,
      { timeout: 60_000 },
    );
  await isQuiet();
  await page.evaluate(() => document.fonts.ready);
  await page.waitForTimeout(250);
  await isQuiet();
}
