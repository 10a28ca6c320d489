// Pictures of every page, light and dark: `npm run screenshots -- --url URL --out DIR [--model NAME]`.
// Without --url the mock is started; --scale 1.5 gives the size of the pictures in docs/images.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { launch, openPage, settle } from '../e2e/browser.mjs';

const { values } = parseArgs({
  options: {
    url: { type: 'string' },
    out: { type: 'string', default: 'test-results/screenshots' },
    model: { type: 'string', default: 'flights' },
    scale: { type: 'string', default: '1' },
    only: { type: 'string' },
    full: { type: 'boolean', default: false },
    phone: { type: 'boolean', default: true },
  },
});

const mock = values.url ? null : await (await import('../mock/serve.mjs')).serveMock();
const url = (values.url ?? mock.url).replace(/\/$/, '');
mkdirSync(values.out, { recursive: true });

async function readJson(path) {
  const answer = await fetch(`${url}/api/v1${path}`);
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}`);
  return answer.json();
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
      const file = join(values.out, `${name}-${theme}${suffix}.png`);
      await page.screenshot({ path: file, fullPage: values.full || suffix !== '' });
      console.log(file);
    }
    for (const t of troubles) console.error(t);
    await context.close();
  }
}
await browser.close();
await mock?.close();
process.exit(0);
