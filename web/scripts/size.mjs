// Weighs the built dashboard against its budgets: `npm run size`. Sizes are gzip level 9, in kB of 1,000 bytes.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const dist = new URL('../dist/', import.meta.url).pathname;
const budgets = {
  'first-load script': 220,
  'largest route chunk': 45,
  CSS: 15,
  'whole dashboard, packed': 1200,
};

const packed = (file) => gzipSync(readFileSync(file), { level: 9 }).length / 1000;
function walk(folder) {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? walk(path) : [path];
  });
}

const files = walk(dist);
const scripts = files.filter((f) => f.endsWith('.js'));
const read = new Map(scripts.map((f) => [f, readFileSync(f, 'utf8')]));
const named = (name) => scripts.find((f) => f.endsWith(`/${name}`));

/** A script with everything it imports before it runs. */
function withImports(start) {
  const seen = new Set();
  const todo = [start];
  while (todo.length > 0) {
    const file = todo.pop();
    if (!file || seen.has(file)) continue;
    seen.add(file);
    for (const [, name] of (read.get(file) ?? '').matchAll(/(?:from|import)\s*["']\.\/([^"']+\.js)["']/g))
      todo.push(named(name));
  }
  return seen;
}

const html = readFileSync(join(dist, 'index.html'), 'utf8');
const start = new Set();
for (const [, name] of html.matchAll(/(?:src|href)="\/(?:assets\/)?([^"]+\.js)"/g))
  for (const f of withImports(named(name))) start.add(f);
const pages = scripts.filter((f) => /Page-[\w-]+\.js$/.test(f) && !/ModelPage/.test(f));
const sum = (all) => [...all].reduce((total, f) => total + packed(f), 0);
// The first load is the shell with the heaviest page and all that the page brings along.
const loads = pages.map((p) => [p, sum(new Set([...start, ...withImports(p)]))]);
const heaviest = loads.toSorted((a, b) => b[1] - a[1])[0] ?? ['', sum(start)];

const measured = {
  'first-load script': heaviest[1],
  'largest route chunk': Math.max(0, ...pages.map(packed)),
  CSS: sum(files.filter((f) => f.endsWith('.css'))),
  'whole dashboard, packed': sum(files),
};
let over = false;
for (const [name, budget] of Object.entries(budgets)) {
  const fits = measured[name] <= budget;
  over ||= !fits;
  console.log(
    `${fits ? 'ok  ' : 'OVER'}  ${name.padEnd(24)} ${measured[name].toFixed(1).padStart(7)} kB of ${budget}`,
  );
}
console.log(
  `      shell alone              ${sum(start).toFixed(1).padStart(7)} kB; heaviest page ${heaviest[0].split('/').pop()}`,
);
process.exit(over ? 1 : 0);
