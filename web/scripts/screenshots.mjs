// Pictures of every page, light and dark: `npm run screenshots -- --url URL --out DIR [--model NAME]`.
// `--format webp` writes pictures a quarter the size, for docs/images.
// Without --url the mock is started; --scale 1.5 gives the size of the pictures in docs/images.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { launch, openPage, settle } from '../e2e/browser.mjs';

const { values } = parseArgs({
  options: {
    url: { type: 'string' },
    out: { type: 'string', default: 'test-results/screenshots' },
    model: { type: 'string', default: 'flights' },
    scale: { type: 'string', default: '1' },
    format: { type: 'string', default: 'png' },
    only: { type: 'string' },
    full: { type: 'boolean', default: false },
    phone: { type: 'boolean', default: true },
  },
});

const mock = values.url ? null : await (await import('../mock/serve.mjs')).serveMock();
const url = (values.url ?? mock.url).replace(/\/$/, '');
mkdirSync(values.out, { recursive: true });

/** The browser knows more formats than the driver, so anything but PNG is asked of it directly. */
async function shoot(page, file, fullPage) {
  if (values.format === 'png') return page.screenshot({ path: file, fullPage });
  const session = await page.context().newCDPSession(page);
  const clip = fullPage
    ? await page.evaluate(() => ({
        x: 0,
        y: 0,
        width: document.documentElement.clientWidth,
        height: document.documentElement.scrollHeight,
        scale: 1,
      }))
    : undefined;
  const shot = await session.send('Page.captureScreenshot', {
    format: values.format,
    quality: 82,
    captureBeyondViewport: fullPage,
    clip,
  });
  return writeFileSync(file, Buffer.from(shot.data, 'base64'));
}

async function readJson(path) {
  const answer = await fetch(`${url}/api/v1${path}`);
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}`);
  return answer.json();
}

/** Pages of the closed loop, each with something chosen; without its data a page shows why it is empty. */
async function loopPages() {
  const found = [
    ['pipelines', '/pipelines'],
    ['pipeline', `/models/${values.model}/pipeline`],
    ['registry', '/registry'],
    ['versions', `/models/${values.model}/versions`],
    ['experiments', '/experiments'],
    ['ab-tests', '/ab-tests'],
    ['audit', '/audit'],
  ];
  const tests = await readJson('/ab-tests').catch(() => ({ items: [] }));
  const test = tests.items.find((t) => t.model === values.model);
  if (test) found.push(['ab-test', `/models/${test.model}/ab-tests/${test.id}`]);
  const runs = await newestRuns().catch(() => []);
  if (runs.length > 1) {
    const { run_id: id, experiment_id: experiment } = runs[0].info;
    const ids = runs.slice(0, 4).map((r) => r.info.run_id);
    found.push(
      ['compare', `/experiments/compare?runs=${ids.join(',')}`],
      ['run', `/experiments/${experiment}/runs/${id}`],
      ['charts', `/experiments?experiment=${experiment}&as=charts`],
    );
  }
  return found;
}

/** Runs of the experiment that changed last, newest first. */
async function newestRuns() {
  const ask = async (what, body) => {
    const answer = await fetch(`${url}/ajax-api/2.0/mlflow/${what}/search`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return answer.json();
  };
  const { experiments = [] } = await ask('experiments', { max_results: 100 });
  for (const e of experiments.toSorted((a, b) => Number(b.last_update_time) - Number(a.last_update_time))) {
    const { runs = [] } = await ask('runs', { experiment_ids: [e.experiment_id], max_results: 4 });
    if (runs.length > 1) return runs;
  }
  return [];
}

const incidents = (await readJson('/incidents?state=all')).items;
const incident = incidents.find((i) => i.model === values.model) ?? incidents[0];
const m = `/models/${values.model}`;
const pages = [
  ['fleet', '/'],
  ['overview', m],
  ['drift', `${m}/drift`],
  ['performance', `${m}/performance`],
  ['incidents', '/incidents?state=all'],
  ...(incident ? [['incident', `/incidents/${incident.id}`]] : []),
  ...(await loopPages()),
  ['unknown', '/nowhere'],
].filter(([name]) => !values.only || values.only.split(',').includes(name));

const browser = await launch();
for (const theme of ['light', 'dark']) {
  for (const [suffix, width, height] of values.phone
    ? [
        ['', 1440, 960],
        ['-phone', 390, 844],
      ]
    : [['', 1440, 960]]) {
    if (suffix && theme === 'dark') continue;
    const { context, page, troubles } = await openPage(browser, {
      theme,
      width,
      height,
      scale: Number(values.scale),
      url,
    });
    for (const [name, path] of pages) {
      await page.goto(path);
      await settle(page);
      const file = join(values.out, `${name}-${theme}${suffix}.${values.format}`);
      await shoot(page, file, values.full || suffix !== '');
      console.log(file);
    }
    for (const t of troubles) console.error(t);
    await context.close();
  }
}
await browser.close();
await mock?.close();
process.exit(0);
