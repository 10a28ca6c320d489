// Writes src/styles/tokens.css and src/charts/tokens.ts from tokens.json.
// `--check` compares instead of writing, so that a stale file fails the build.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const tokens = JSON.parse(readFileSync(join(here, 'tokens.json'), 'utf8'));

const toLinear = (c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
const toGamma = (c) => (c <= 0.0031308 ? c * 12.92 : 1.055 * c ** (1 / 2.4) - 0.055);
const clamp = (c) => Math.min(1, Math.max(0, c));

function toOklab(hex) {
  const [r, g, b] = [1, 3, 5].map((i) => toLinear(parseInt(hex.slice(i, i + 2), 16) / 255));
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

function fromOklab([L, a, b]) {
  const l = (L + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (L - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (L - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const rgb = [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
  const byte = (c) => Math.round(clamp(toGamma(clamp(c))) * 255);
  return `#${rgb.map((c) => byte(c).toString(16).padStart(2, '0')).join('')}`.toUpperCase();
}

/** `n` colours along a list of stops, mixed in OKLab so that lightness runs evenly. */
function ramp(stops, n) {
  const lab = stops.map(toOklab);
  return Array.from({ length: n }, (_, i) => {
    const at = (i / (n - 1)) * (stops.length - 1);
    const k = Math.min(Math.floor(at), stops.length - 2);
    const mix = lab[k].map((v, j) => v + (lab[k + 1][j] - v) * (at - k));
    return fromOklab(mix);
  });
}

const { below, above } = tokens.heat;
const heat = Object.fromEntries(
  ['light', 'dark'].map((theme) => [
    theme,
    [...ramp(below[theme], below.steps), ...ramp(above[theme], above.steps)],
  ]),
);

const colours = (theme) =>
  Object.entries(tokens.colour)
    .map(([name, value]) => `  --${name}: ${value[theme]};`)
    .concat(heat[theme].map((hex, i) => `  --heat-${i}: ${hex};`))
    .join('\n');
const sizes = Object.entries(tokens.size)
  .map(([name, value]) => `  --${name}: ${value};`)
  .join('\n');

const css = `/* Generated from tokens/tokens.json by tokens/generate.mjs. */
:root {
  color-scheme: light;
${colours('light')}
${sizes}
}
:root[data-theme='dark'] {
  color-scheme: dark;
${colours('dark')}
}
`;

const quote = (v) => `'${v}'`;
const ts = `// Generated from tokens/tokens.json by tokens/generate.mjs.
export type Theme = 'light' | 'dark';

export const heatSteps = { below: ${below.steps}, above: ${above.steps} } as const;

export const heat: Record<Theme, readonly string[]> = {
${['light', 'dark'].map((t) => `  ${t}: [${heat[t].map(quote).join(', ')}],`).join('\n')}
};

export const colour = {
${Object.entries(tokens.colour)
  .map(([name, v]) => `  ${quote(name)}: { light: ${quote(v.light)}, dark: ${quote(v.dark)} },`)
  .join('\n')}
} as const;
`;

const outputs = [
  ['src/styles/tokens.css', css],
  ['src/charts/tokens.ts', ts],
];
let stale = false;
for (const [path, text] of outputs) {
  const file = join(here, '..', path);
  if (!process.argv.includes('--check')) {
    writeFileSync(file, text);
    continue;
  }
  let old = '';
  try {
    old = readFileSync(file, 'utf8');
  } catch {
    // A missing file is as stale as a different one.
  }
  if (old !== text) {
    console.error(`${path} is stale: run "npm run tokens"`);
    stale = true;
  }
}
process.exit(stale ? 1 : 0);
