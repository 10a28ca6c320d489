// Journeys through the dashboard in Chromium: `npm run e2e`. TRIMTAB_URL names a running server with
// the demo's data; without it the built dashboard (dist/) is served with the mock.
import { mkdirSync } from 'node:fs';
import { launch, openPage } from './browser.mjs';
import * as journeys from './journeys.mjs';
import * as loop from './loop_journeys.mjs';

const mock = process.env.TRIMTAB_URL ? null : await (await import('../mock/serve.mjs')).serveMock();
const url = (process.env.TRIMTAB_URL ?? mock.url).replace(/\/$/, '');
const model = process.env.TRIMTAB_MODEL ?? 'flights';
const only = process.argv[2];

const desktop = { width: 1440, height: 960 };
const phone = { width: 390, height: 844 };
const plan = [
  ['mouse triage, light', journeys.mouseTriage, { ...desktop, theme: 'light' }],
  ['keyboard triage, light', journeys.keyboardTriage, { ...desktop, theme: 'light' }],
  ['mouse triage, dark', journeys.mouseTriage, { ...desktop, theme: 'dark' }],
  ['keyboard triage, dark', journeys.keyboardTriage, { ...desktop, theme: 'dark' }],
  ['phone triage, light', journeys.phoneTriage, { ...phone, theme: 'light' }],
  ['phone triage, dark', journeys.phoneTriage, { ...phone, theme: 'dark' }],
  ['every page, light', journeys.everyPage, { ...desktop, theme: 'light' }],
  ['every page, dark', journeys.everyPage, { ...desktop, theme: 'dark' }],
  ['every page, 390 px, light', journeys.everyPage, { ...phone, theme: 'light' }],
  ['every page, 390 px, dark', journeys.everyPage, { ...phone, theme: 'dark' }],
  ['every page, 1024 px', journeys.everyPage, { width: 1024, height: 768, theme: 'light' }],
  ['addresses', journeys.addresses, { ...desktop, theme: 'light' }],
  ['table equals CSV', journeys.tableEqualsCsv, { ...desktop, theme: 'light' }],
  ...(mock ? [['live refresh', journeys.liveRefresh, { ...desktop, theme: 'light' }]] : []),
  ...(mock ? [['roll back by key', loop.rollBackByKey, { ...desktop, theme: 'light' }]] : []),
  ['loop pages, light', journeys.everyLoopPage, { ...desktop, theme: 'light' }],
  ['loop pages, dark', journeys.everyLoopPage, { ...desktop, theme: 'dark' }],
  ['loop pages, 390 px, light', journeys.everyLoopPage, { ...phone, theme: 'light' }],
  ['loop pages, 390 px, dark', journeys.everyLoopPage, { ...phone, theme: 'dark' }],
  ['loop pages, 1024 px', journeys.everyLoopPage, { width: 1024, height: 768, theme: 'light' }],
  ['pipelines', loop.pipelines, { ...desktop, theme: 'light' }],
  ['a server that fails', loop.troubles, { ...desktop, theme: 'light' }],
  ['registry', loop.registry, { ...desktop, theme: 'light' }],
  ['experiments', loop.experiments, { ...desktop, theme: 'dark' }],
  ['many runs', loop.manyRuns, { ...desktop, theme: 'light' }],
  ['A/B tests', loop.abTests, { ...desktop, theme: 'light' }],
  ['audit log', loop.auditLog, { ...desktop, theme: 'light' }],
  ['theme is kept', journeys.themeIsKept, { ...desktop, theme: 'light' }],
];

const browser = await launch();
let failed = 0;
for (const [name, journey, look] of plan) {
  if (only && !name.includes(only)) continue;
  if (mock) await fetch(`${url}/api/v1/mock-reset`, { method: 'POST' });
  const began = Date.now();
  const { context, page, troubles } = await openPage(browser, { ...look, url });
  page.setDefaultTimeout(45_000);
  try {
    const note = await journey({ page, model, where: name });
    if (troubles.length > 0) throw new Error(troubles.join('\n'));
    console.log(`ok    ${name}  ${((Date.now() - began) / 1000).toFixed(1)} s${note ? `  (${note})` : ''}`);
  } catch (error) {
    failed += 1;
    mkdirSync('test-results', { recursive: true });
    const file = `test-results/${name.replaceAll(/[^a-z0-9]+/g, '-')}.png`;
    await page.screenshot({ path: file }).catch(() => undefined);
    console.log(`FAIL  ${name}  at ${page.url()}, picture ${file}\n${error.message}`);
  }
  await page.unrouteAll({ behavior: 'ignoreErrors' });
  await context.close();
}
await browser.close();
await mock?.close();
if (failed > 0) console.log(`${failed} journeys failed`);
process.exit(failed > 0 ? 1 : 0);
