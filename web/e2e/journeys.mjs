import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { settle } from './browser.mjs';
import { loopPages } from './loop_journeys.mjs';

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Zero violations of WCAG 2.0 to 2.2, A and AA. */
export async function checkAxe(page, where) {
  await page.evaluate(axeSource);
  const { violations } = await page.evaluate(() =>
    globalThis.axe.run(document, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
      rules: { region: { enabled: false } },
    }),
  );
  const told = violations.map(
    (v) =>
      `${v.id}: ${v.help}\n    ${v.nodes
        .slice(0, 4)
        .map((n) => `${n.target.join(' ')} ${n.failureSummary?.split('\n')[1] ?? ''}`)
        .join('\n    ')}`,
  );
  assert.equal(told.length, 0, `axe on ${where}:\n  ${told.join('\n  ')}`);
}

const searchOf = (page) => new URL(page.url()).searchParams;

/** Presses Tab until the wanted element has the focus, as a person without a mouse would. */
async function tabTo(page, selector, most = 90) {
  for (let i = 0; i < most; i++) {
    await page.keyboard.press('Tab');
    if (await page.evaluate((s) => document.activeElement?.matches(s) ?? false, selector)) return;
  }
  assert.fail(`Tab never reached ${selector}`);
}

const nothingOpen = 'no open incident was left to acknowledge';

/**
 * An incident that nobody has acknowledged. A filled server has only a few; when earlier journeys
 * took them all, one of those is shown as a page that was opened before: it still says "not
 * acknowledged", and the server answers as it does when somebody else was faster.
 */
async function openIncident(page) {
  const answer = await page.request.get('/api/v1/incidents?state=open');
  const { items } = await answer.json();
  const open = items.find((i) => i.state === 'open');
  if (open) return { incident: open, note: undefined };
  const taken = items.find((i) => i.state === 'acknowledged');
  if (!taken) return { incident: undefined, note: nothingOpen };
  let isAnswered = false;
  await page.route(`**/api/v1/incidents/${taken.id}*`, async (route) => {
    const response = await route.fetch();
    const json = await response.json();
    await route.fulfill({
      response,
      json: isAnswered ? json : { ...json, state: 'open', acknowledged_by: null },
    });
  });
  await page.route(`**/api/v1/incidents/${taken.id}/acknowledge`, async (route) => {
    isAnswered = true;
    await route.continue();
  });
  return { incident: taken, note: 'acknowledged from a page opened before' };
}

/** Every page, looked at by axe. */
export async function everyPage({ page, model, where }) {
  const { items } = await (await page.request.get('/api/v1/incidents?state=all')).json();
  const paths = [
    '/',
    `/models/${model}`,
    `/models/${model}/drift`,
    `/models/${model}/drift?view=table`,
    `/models/${model}/performance`,
    '/incidents?state=all',
    '/nowhere',
  ];
  if (items[0]) paths.push(`/incidents/${items[0].id}`);
  await lookAt(page, paths, where);
}

/** The pages of the closed loop, likewise. */
export async function everyLoopPage({ page, model, where }) {
  await lookAt(page, await loopPages(page, model), where);
}

async function lookAt(page, paths, where) {
  const found = [];
  for (const path of paths) {
    await page.goto(path);
    await settle(page);
    await checkAxe(page, path).catch((error) => found.push(error.message));
    const overflow = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    if (overflow > 0) found.push(`${path} is ${overflow} px wider than the screen`);
  }
  assert.equal(found.length, 0, `${where}:\n${found.join('\n')}`);
}

/** Fleet, model, drift cell, distribution, acknowledge: with the mouse. */
export async function mouseTriage({ page, model }) {
  await page.goto('/');
  await settle(page);
  await page.locator('.fleet-table tbody').getByRole('link', { name: model, exact: true }).click();
  await page.waitForURL(`**/models/${model}`);
  await settle(page);
  await page
    .getByRole('navigation', { name: `Views of ${model}` })
    .getByRole('link', { name: /Drift/ })
    .click();
  await page.waitForURL(`**/models/${model}/drift*`);
  await settle(page);
  const before = await page.locator('.column-panel h2').first().textContent();
  const row = page.locator('.heat-row[data-row]:not(.is-chosen)').nth(1);
  const cell = row.locator('[data-col]').nth(3);
  await cell.click();
  await page.waitForFunction(
    (old) => document.querySelector('.column-panel h2')?.textContent !== old,
    before,
  );
  await settle(page);
  const search = searchOf(page);
  assert.ok(search.get('feature') && search.get('at'), 'the chosen cell stands in the address');
  assert.equal(await page.locator('.column-panel h2').first().textContent(), search.get('feature'));
  await page.locator('.column-panel').getByRole('heading', { name: 'Distribution' }).waitFor();
  assert.ok((await page.locator('.column-panel .current-bar').count()) > 0, 'the distribution is drawn');
  await page.reload();
  await settle(page);
  assert.equal(
    await page.locator('.column-panel h2').first().textContent(),
    search.get('feature'),
    'a reload keeps the choice',
  );
  return acknowledgeByMouse(page);
}

async function acknowledgeByMouse(page) {
  const { incident, note } = await openIncident(page);
  await page
    .getByRole('navigation', { name: 'Main' })
    .getByRole('link', { name: /Incidents/ })
    .click();
  await page.waitForURL('**/incidents*');
  await settle(page);
  if (!incident) return note;
  await page.getByRole('link', { name: incident.title, exact: true }).first().click();
  await page.waitForURL('**/incidents/*');
  await page.locator('.incident-head').waitFor();
  await settle(page);
  await page.getByRole('button', { name: /^Acknowledge/ }).click();
  await page.locator('.incident-head .state', { hasText: 'Acknowledged' }).waitFor();
  await assertAcknowledged(page, new URL(page.url()).pathname.split('/').pop());
  return note;
}

async function assertAcknowledged(page, id) {
  await page.waitForFunction(
    async (i) => (await (await fetch(`/api/v1/incidents/${i}`)).json()).state !== 'open',
    id,
  );
}

/** The same, without a mouse. */
export async function keyboardTriage({ page, model }) {
  await page.goto('/');
  await settle(page);
  const names = await page.locator('.fleet-table tbody th a').allTextContents();
  for (let i = 0; i <= names.indexOf(model); i++) await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await page.waitForURL(`**/models/${model}`);
  await settle(page);
  await tabTo(page, `.tabs a[href*="/drift"]`);
  await page.keyboard.press('Enter');
  await page.waitForURL(`**/models/${model}/drift*`);
  await settle(page);
  await tabTo(page, '.heat-scroll');
  await page.keyboard.press('ArrowDown');
  await page.waitForFunction(() => new URLSearchParams(location.search).has('feature'));
  const first = searchOf(page);
  await page.keyboard.press('ArrowLeft');
  await page.waitForFunction((at) => new URLSearchParams(location.search).get('at') !== at, first.get('at'));
  await page.keyboard.press('ArrowDown');
  await page.waitForFunction(
    (f) => new URLSearchParams(location.search).get('feature') !== f,
    first.get('feature'),
  );
  await settle(page);
  const now = searchOf(page);
  const active = await page.locator('.heat-scroll').getAttribute('aria-activedescendant');
  const spoken = await page.locator(`#${active}`).getAttribute('aria-label');
  assert.ok(spoken?.startsWith(now.get('feature')), `the cell says what it is: ${spoken}`);
  assert.equal(await page.locator('.column-panel h2').first().textContent(), now.get('feature'));
  await page.keyboard.press('[');
  await page.waitForFunction((at) => new URLSearchParams(location.search).get('at') !== at, now.get('at'));

  await page.keyboard.press('Control+k');
  await page.getByRole('combobox', { name: /^Find a model/ }).waitFor();
  await page.keyboard.type('incid');
  await page.keyboard.press('Escape');
  await page.waitForFunction(() => !document.querySelector('dialog[open]'));
  await page.keyboard.press('?');
  await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
  await page.keyboard.press('Escape');

  await page.keyboard.press('g');
  await page.keyboard.press('i');
  await page.waitForURL('**/incidents*');
  await settle(page);
  const { incident, note } = await openIncident(page);
  if (!incident) return note;
  const ids = await page
    .locator('.incident-rows .incident-title a')
    .evaluateAll((all) => all.map((a) => a.getAttribute('href')?.split('/').pop()));
  for (let i = 0; i < ids.indexOf(incident.id); i++) await page.keyboard.press('j');
  await page.evaluate(() => document.activeElement instanceof HTMLElement && document.activeElement.blur());
  await page.keyboard.press('Enter');
  await page.waitForURL(`**/incidents/${incident.id}`);
  await settle(page);
  await page.keyboard.press('a');
  await page.locator('.incident-head .state', { hasText: 'Acknowledged' }).waitFor();
  await assertAcknowledged(page, incident.id);
  return note;
}

/** Triage on a phone: read, open, acknowledge; the map scrolls under fixed names. */
export async function phoneTriage({ page, model }) {
  await page.goto('/');
  await settle(page);
  await page.getByRole('button', { name: 'Menu' }).tap();
  await page
    .getByRole('navigation', { name: 'Main' })
    .getByRole('link', { name: /Incidents/ })
    .tap();
  await page.waitForURL('**/incidents*');
  await settle(page);
  await page.goto(`/models/${model}/drift`);
  await settle(page);
  const map = page.locator('.heat-scroll');
  const moved = await map.evaluate((el) => {
    const name = el.querySelector('.heat-row[data-row] .heat-name');
    const left = name.getBoundingClientRect().left;
    const start = el.scrollLeft;
    el.scrollLeft = 0;
    return {
      wide: el.scrollWidth > el.clientWidth,
      start,
      stays: Math.abs(name.getBoundingClientRect().left - left) < 1,
    };
  });
  assert.ok(!moved.wide || moved.start > 0, 'the map starts at the newest windows');
  assert.ok(moved.stays, 'the names stay while the cells scroll');
  const { incident, note } = await openIncident(page);
  if (!incident) return note;
  await page.goto(`/incidents/${incident.id}`);
  await settle(page);
  const button = page.getByRole('button', { name: /^Acknowledge/ });
  const box = await button.boundingBox();
  assert.ok(box && box.height >= 40 && box.width >= 120, 'the button is big enough for a thumb');
  await button.tap();
  await page.locator('.incident-head .state', { hasText: 'Acknowledged' }).waitFor();
  await assertAcknowledged(page, incident.id);
  return note;
}

/** Addresses: chosen cell, theme, wrong values, relative ranges, old links. */
export async function addresses({ page, model }) {
  const map = await (await page.request.get(`/api/v1/models/${model}/drift`)).json();
  const column = map.columns.at(-1).name;
  const at = map.windows[Math.floor(map.windows.length / 2)].start;
  await page.goto(
    `/models/${model}/drift?from=${map.range.from}&to=${map.range.to}&feature=${column}&at=${at}&tz=UTC`,
  );
  await settle(page);
  assert.equal(await page.locator('.column-panel h2').first().textContent(), column);
  assert.match(await page.getByRole('button', { name: 'Time range and zone' }).textContent(), /UTC/);
  // A link to a moment long before the default range moves the range.
  const early = (await (await page.request.get(`/api/v1/models/${model}`)).json()).data_from;
  const first = new Date(Date.parse(early) + 40 * 86_400_000).toISOString().slice(0, 10);
  await page.goto(`/models/${model}/drift?feature=${column}&at=${first}`);
  await page.waitForFunction(() => new URLSearchParams(location.search).has('from'));
  await settle(page);
  await page
    .locator('.column-panel')
    .getByText(String(Number(first.slice(8)) || ''))
    .first()
    .waitFor();
  await page.goto(`/models/${model}/drift?by=nonsense&show=drifted`);
  await settle(page);
  await page.locator('.toast', { hasText: 'by=nonsense' }).waitFor();
  await page.goto(`/models/${model}/performance?from=now-14d`);
  await settle(page);
  assert.match(await page.getByRole('button', { name: 'Time range and zone' }).textContent(), /Last 14 days/);
  await page.goto(`/models/${model}?theme=dark`);
  await settle(page);
  assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), 'dark');
  await page.goto('/models/there-is-no-such-model');
  await settle(page);
  await page
    .getByText(/was not found/)
    .first()
    .waitFor();
}

/** The table on the screen, the saved CSV and the API hold the same numbers. */
export async function tableEqualsCsv({ page, model }) {
  await page.goto(`/models/${model}/performance`);
  await settle(page);
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Save Months as CSV' }).click(),
  ]);
  const csv = readFileSync(await download.path(), 'utf8')
    .trim()
    .split('\r\n')
    .map((l) => l.split(','));
  const api = await (await page.request.get(`/api/v1/models/${model}/performance`)).json();
  assert.equal(csv.length - 1, api.months.length);
  api.months.forEach((m, i) => {
    assert.equal(csv[i + 1][0], m.start);
    assert.equal(Number(csv[i + 1][2]), m.n);
    assert.equal(Number(csv[i + 1][csv[0].indexOf('roc_auc')]), m.values.roc_auc ?? 0);
  });
  await page.getByRole('button', { name: 'Show Months as table' }).click();
  const rows = await page.getByRole('region', { name: 'Months, table' }).locator('tbody tr').count();
  assert.equal(rows, api.months.length);
}

/** The button's choice survives a reload and is there before anything is drawn. */
export async function themeIsKept({ page }) {
  await page.goto('/');
  await settle(page);
  const before = await page.evaluate(() => document.documentElement.dataset.theme);
  await page.getByRole('button', { name: /^Use (dark|light) theme$/ }).click();
  await page.goto('/incidents', { waitUntil: 'commit' });
  await page.waitForFunction(() => document.documentElement.dataset.theme);
  const after = await page.evaluate(() => document.documentElement.dataset.theme);
  assert.notEqual(after, before);
  await settle(page);
}

/** What another person does is seen without a reload. Needs an incident to spare, so the mock only. */
export async function liveRefresh({ page }) {
  await page.goto('/incidents');
  await settle(page);
  const { incident } = await openIncident(page);
  await page.waitForFunction(() => document.querySelector('.live')?.textContent?.includes('Live'));
  await page.request.post(`/api/v1/incidents/${incident.id}/acknowledge`, { data: {} });
  await page
    .locator('.incident-rows li', { hasText: incident.title })
    .locator('.state', { hasText: /^Acknowledged/ })
    .waitFor();
}
