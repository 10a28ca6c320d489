// Journeys through the closed loop: pipelines, registry, experiments, A/B tests, audit log.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { settle } from './browser.mjs';

const json = async (page, path) => (await page.request.get(path)).json();
const enc = encodeURIComponent;

/** The model that was retrained, where it is not the one that everything else is about. */
async function loopModel(page, model) {
  const { items } = await json(page, '/api/v1/pipelines');
  return items.some((p) => p.model === model) ? model : (items[0]?.model ?? model);
}

/** Addresses of the loop's pages, with something chosen where there is something. */
export async function loopPages(page, usual) {
  const model = await loopModel(page, usual);
  const paths = [
    '/pipelines',
    `/models/${model}/pipeline`,
    '/registry',
    '/registry?at=2013-10-20T00:00:00Z',
    `/models/${model}/versions`,
    '/experiments',
    '/experiments?filter=metrics.nonsense+%3E%3E+1',
    '/ab-tests',
    '/audit',
  ];
  const { items: ways } = await json(page, `/api/v1/pipelines?model=${enc(model)}`);
  const over = ways.find((p) => p.ended_at !== null);
  if (over) paths.push(`/models/${model}/pipeline?run=${over.id}`);
  const { items: tests } = await json(page, '/api/v1/ab-tests');
  for (const t of tests.slice(0, 2)) paths.push(`/models/${t.model}/ab-tests/${t.id}`);
  const { items: entries } = await json(page, '/api/v1/audit');
  const told = entries.find((e) => e.before !== null && e.after !== null) ?? entries[0];
  if (told) paths.push(`/audit?entry=${told.number}`);
  const runs = await someRuns(page);
  const ids = runs.map((r) => r.info.run_id);
  if (ids.length > 1) paths.push(`/experiments/compare?runs=${ids.slice(0, 4).join(',')}`);
  if (ids.length > 0) {
    const { experiment_id: experiment } = runs[0].info;
    paths.push(
      `/experiments/${experiment}/runs/${ids[0]}`,
      `/experiments?experiment=${experiment}&as=charts`,
    );
  }
  return paths;
}

async function someRuns(page) {
  const ask = async (what, data) =>
    (await page.request.post(`/ajax-api/2.0/mlflow/${what}/search`, { data })).json();
  const found = await ask('experiments', { max_results: 50 });
  for (const e of found.experiments ?? []) {
    const { runs = [] } = await ask('runs', { experiment_ids: [e.experiment_id], max_results: 4 });
    if (runs.length > 1) return runs;
  }
  return [];
}

const unwell = [
  ['/pipelines', '**/api/v1/pipelines*'],
  ['/models/{model}/pipeline', '**/api/v1/pipelines*'],
  ['/registry', '**/api/v1/registry/models'],
  ['/models/{model}/versions', '**/api/v1/registry/models/*'],
  ['/experiments', '**/mlflow/experiments/search'],
  ['/experiments', '**/mlflow/runs/search'],
  ['/experiments/1/runs/abc', '**/mlflow/runs/get*'],
  ['/experiments/compare?runs=abc,def', '**/mlflow/runs/get*'],
  ['/ab-tests', '**/api/v1/ab-tests'],
  ['/models/{model}/ab-tests/abt_1', '**/api/v1/models/*/ab-tests/*'],
  ['/audit', /\/api\/v1\/audit(\?|$)/],
];

/** A refusal is told at its place with what the server said, and nothing is green meanwhile. */
export async function troubles({ page, model }) {
  for (const [path, pattern] of unwell) {
    await page.route(pattern, (route) =>
      route.fulfill({
        status: 429,
        contentType: 'application/problem+json',
        body: JSON.stringify({ detail: 'too much is asked at once', code: 'limited', request_id: 'req_1' }),
      }),
    );
    await page.goto(path.replace('{model}', model));
    await page
      .locator('main .empty.is-error', { hasText: 'Too much is asked at once. Request req_1' })
      .first()
      .waitFor();
    assert.equal(await page.locator('main .verdict.is-ok').count(), 0, `${path} is green while it fails`);
    await page.unroute(pattern);
  }
}

/** From the list by keyboard into one pipeline: stepper, checks, why it fired; the table as CSV. */
export async function pipelines({ page, model: usual }) {
  const model = await loopModel(page, usual);
  await page.goto(`/pipelines?model=${enc(model)}`);
  await settle(page);
  const rows = page.locator('.pipeline-rows > li');
  if ((await rows.count()) === 0) return 'no pipeline has run';
  await page.keyboard.press('j');
  await page.waitForFunction(() => document.querySelector('.pipeline-rows > li.is-active'));
  const name = await rows.first().locator('h2').textContent();
  await page.keyboard.press('Enter');
  await page.waitForURL(`**/models/${enc(model)}/pipeline?run=*`);
  await page.locator('.finding-row').waitFor();
  await settle(page);
  assert.ok(name.startsWith(model));
  // The page's code may still be on its way when nothing shimmers yet.
  await page.locator('.stepper > li').first().waitFor();
  assert.equal(await page.locator('.stepper > li').count(), 8, 'from trigger to full');
  const gated = page.locator('.history-rows button');
  for (let i = 0; i < (await gated.count()); i++) {
    await gated.nth(i).click();
    await settle(page);
    if ((await page.locator('.checks tbody tr').count()) > 0) break;
  }
  const checks = page.locator('.checks tbody tr');
  if ((await checks.count()) === 0) return 'no pipeline has reached its gate';
  assert.ok((await page.locator('.checks .interval-dot').count()) > 0, 'intervals are drawn');
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Save Checks as CSV' }).click(),
  ]);
  const lines = readFileSync(await download.path(), 'utf8')
    .trim()
    .split('\r\n');
  assert.equal(lines.length - 1, await checks.count());
  return undefined;
}

/** A rollback by key: the dialog wants the name and a reason, and the page then tells of it. */
export async function rollBackByKey({ page, model }) {
  await page.goto(`/models/${model}/pipeline`);
  await settle(page);
  await page.getByRole('button', { name: /^Roll back to/ }).waitFor();
  await page.keyboard.press('b');
  const dialog = page.getByRole('dialog', { name: /^Roll back/ });
  await dialog.waitFor();
  const verb = dialog.getByRole('button', { name: /^Roll back to/ });
  assert.ok(await verb.isDisabled(), 'nothing happens without a name');
  await page.keyboard.type(model);
  assert.ok(await verb.isDisabled(), 'nothing happens without a reason');
  await page.keyboard.press('Tab');
  await page.keyboard.type('answers too slowly');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.locator('.finding', { hasText: 'rolled back' }).waitFor();
  await page.waitForFunction(() => !document.querySelector('dialog[open]'));
}

/** What served on a day is in the address and answered by the server; two versions compared. */
export async function registry({ page, model: usual }) {
  const model = await loopModel(page, usual);
  await page.goto('/registry');
  await settle(page);
  const { items } = await json(page, '/api/v1/registry/models');
  if (!items.some((m) => m.model === model)) return `${model} is not registered`;
  const data = await json(page, `/api/v1/registry/models/${enc(model)}`);
  await page.locator('.registry-table tbody').getByRole('link', { name: model, exact: true }).click();
  await page.waitForURL(`**/models/${enc(model)}/versions*`);
  await settle(page);
  const first = data.served[0];
  if (!first) return 'nothing has served yet';
  const from = Date.parse(first.from);
  const until = first.to === null ? Date.now() : Date.parse(first.to);
  const middle = new Date((from + until) / 2).toISOString();
  await page.goto(`/models/${model}/versions?at=${middle}&tz=UTC`);
  await settle(page);
  await page
    .locator('.at-question output', { hasText: new RegExp(`→ ${first.version}\\b`) })
    .first()
    .waitFor();
  const [newest, other] = data.versions;
  if (!newest || !other) return 'only one version';
  await page.getByRole('button', { name: newest.version, exact: true }).click();
  await page.waitForFunction(
    (v) => new URLSearchParams(location.search).get('version') === v,
    newest.version,
  );
  await settle(page);
  await page.getByRole('heading', { name: `${newest.version} in full` }).waitFor();
  await page.getByLabel('Compare with').selectOption(other.version);
  await page.waitForFunction((v) => new URLSearchParams(location.search).get('with') === v, other.version);
  await settle(page);
  const diff = await json(
    page,
    `/api/v1/registry/models/${enc(model)}/diff?from=${other.version}&to=${newest.version}`,
  );
  const n = ['metrics', 'params', 'signature', 'lineage', 'tags'].reduce((sum, k) => sum + diff[k].length, 0);
  const more = page.getByRole('button', { name: /^Show \d+ more lines$/ });
  if ((await more.count()) > 0) await more.click();
  assert.equal(await page.locator('.halves .diff-table tbody td.is-after').count(), n, 'only what differs');
  return undefined;
}

/**
 * Thousands of runs: the table draws those in the window, the end of the page brings the next, a run
 * has its page, and the addresses that the client prints lead there.
 */
export async function manyRuns({ page }) {
  const [run, ...others] = await someRuns(page);
  if (!run) return 'fewer than two runs';
  const { run_id: id, experiment_id: experiment } = run.info;
  await page.goto(`/experiments?experiment=${experiment}`);
  await settle(page);
  const rows = page.locator('.runs tbody tr:not(.gap)');
  const first = await page.evaluate(() => document.documentElement.scrollHeight);
  for (let i = 0; i < 6; i++) {
    await page.evaluate(() => window.scrollTo(0, document.documentElement.scrollHeight));
    await page.waitForTimeout(150);
    await settle(page);
  }
  const drawn = await rows.count();
  assert.ok(drawn > 0 && drawn < 120, `${drawn} rows are drawn`);
  const last = await page.evaluate(() => document.documentElement.scrollHeight);
  const hadMore = (await page.locator('.page-sentence', { hasText: 'or more' }).count()) > 0;
  assert.ok(!hadMore || last > first, 'the end of the page brings the next runs');
  await page.evaluate(() => window.scrollTo(0, 0));
  await page.keyboard.press('j');
  await page.locator('.runs tbody tr.is-active').waitFor();
  await page.keyboard.press('Enter');
  await page.waitForURL(`**/experiments/${experiment}/runs/*`);
  await page.goto(`/#/experiments/${experiment}/runs/${id}`);
  await page.waitForURL(`**/experiments/${experiment}/runs/${id}`);
  await settle(page);
  await page.locator(`.page-sentence strong[title="${run.info.run_name}"]`).waitFor();
  for (const name of ['Metrics', 'Parameters', 'Files'])
    await page.getByRole('heading', { name, exact: true }).waitFor();
  // An address that names another experiment is put right.
  await page.goto(`/experiments/999/runs/${id}`);
  await page.waitForURL(`**/experiments/${experiment}/runs/${id}`);
  await page.goto(`/experiments/${experiment}/runs/${'0'.repeat(31)}x`);
  await page.locator('.empty.is-error').waitFor();
  return others.length < 3 ? undefined : charts(page, experiment);
}

/** Parallel axes and a scatter plot; the stretch that is kept stands in the address. */
async function charts(page, experiment) {
  await page.goto(`/experiments?experiment=${experiment}&as=charts`);
  await settle(page);
  const axes = page.locator('.narrow-fields select');
  if ((await axes.count()) === 0) return 'no metric differs';
  await axes.last().selectOption('upper');
  await page.waitForFunction(() => new URLSearchParams(location.search).has('keep'));
  await page.locator('.panel [role=status]', { hasText: /of .* kept/ }).waitFor();
  const grip = page.locator('.parallel-grip').first();
  const box = await grip.boundingBox();
  await page.mouse.move(box.x + 14, box.y + 30);
  await page.mouse.down();
  await page.mouse.move(box.x + 14, box.y + 120, { steps: 4 });
  await page.mouse.up();
  await page.waitForFunction(() => new URLSearchParams(location.search).get('keep')?.includes(';'));
  await page.getByRole('button', { name: 'Keep all' }).click();
  await page.waitForFunction(() => !new URLSearchParams(location.search).has('keep'));
  await page.getByRole('heading', { name: 'One against the other' }).waitFor();
  return undefined;
}

/** Search in the client's own language, choose two runs by keyboard, compare; a wrong search is told. */
export async function experiments({ page }) {
  const [some] = await someRuns(page);
  await page.goto(`/experiments${some ? `?experiment=${some.info.experiment_id}` : ''}`);
  await settle(page);
  const rows = page.locator('.runs tbody tr:not(.gap)');
  if ((await rows.count()) < 2) return 'fewer than two runs';
  const field = page.getByRole('searchbox', { name: 'Search runs' });
  await field.fill('metrics.x >> 1');
  await field.press('Enter');
  await page.locator('.field-error').waitFor();
  await field.fill("attributes.status = 'FINISHED'");
  await field.press('Enter');
  await page.waitForFunction(() => new URLSearchParams(location.search).get('filter')?.includes('status'));
  await settle(page);
  const head = page.locator('.runs thead .sort-button').nth(1);
  await head.click();
  await page.waitForFunction(() => new URLSearchParams(location.search).has('sort'));
  await settle(page);
  await page.evaluate(() => document.activeElement instanceof HTMLElement && document.activeElement.blur());
  for (const key of ['j', 'x', 'j', 'x', 'c']) await page.keyboard.press(key);
  await page.waitForURL('**/experiments/compare?*');
  await settle(page);
  assert.equal(new URL(page.url()).searchParams.get('runs').split(',').length, 2);
  const shown = await page.locator('.compare-table tbody td').count();
  const all = page.getByRole('radio', { name: /^All/ }).or(page.getByRole('button', { name: /^All/ }));
  await all.first().click();
  await page.waitForFunction(() => new URLSearchParams(location.search).get('rows') === 'all');
  assert.ok(
    (await page.locator('.compare-table tbody td').count()) >= shown,
    'the default is only what differs',
  );
  return undefined;
}

/** A test's page: band over time, sample ratio, guardrails; a failed ratio blocks the verdict. */
export async function abTests({ page }) {
  await page.goto('/ab-tests');
  await settle(page);
  const { items } = await json(page, '/api/v1/ab-tests');
  if (items.length === 0) return 'no A/B test has begun';
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/ab-tests/*');
  await settle(page);
  await page.getByRole('heading', { name: 'Primary metric and guardrails' }).waitFor();
  const blocked = items.find((t) => t.look?.sample_ratio && !t.look.sample_ratio.holds);
  if (!blocked) return 'no sample ratio has failed';
  await page.goto(`/models/${blocked.model}/ab-tests/${blocked.id}`);
  await settle(page);
  await page.getByRole('alert').filter({ hasText: 'No verdict while the sample ratio fails' }).waitFor();
  return undefined;
}

/** Filters are addresses; an entry opens by keyboard with before, after and hashes. */
export async function auditLog({ page }) {
  await page.goto('/audit');
  await settle(page);
  const { items } = await json(page, '/api/v1/audit');
  if (items.length === 0) {
    await page.locator('.page-sentence', { hasText: 'The audit log is empty' }).waitFor();
    return 'nothing has been decided';
  }
  await page.locator('.page-sentence', { hasText: 'The chain is verified to entry' }).waitFor();
  const actor = items[0].actor;
  await page.getByLabel('Who').selectOption(actor);
  await page.waitForFunction((a) => new URLSearchParams(location.search).get('actor') === a, actor);
  await settle(page);
  const actors = new Set(await page.locator('.audit-actor').allTextContents());
  assert.deepEqual([...actors], [actor]);
  await page.evaluate(() => document.activeElement instanceof HTMLElement && document.activeElement.blur());
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  // A line that stands for many alike opens into them first.
  if (!new URL(page.url()).searchParams.has('entry') && (await page.locator('.audit-detail').count()) === 0) {
    await page.waitForTimeout(100);
    if (!new URL(page.url()).searchParams.has('entry')) await page.keyboard.press('Enter');
  }
  await page.locator('.audit-detail').waitFor();
  const entry = new URL(page.url()).searchParams.get('entry');
  const chosen = items.find((e) => String(e.number) === entry);
  await page.locator('.audit-detail', { hasText: chosen.hash }).waitFor();
  return undefined;
}
