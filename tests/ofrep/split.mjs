// What flagd's own evaluator says to 20,000 keys: the fixture of our split.
//
//   node split.mjs           is split.json what flagd-core says?
//   node split.mjs --write   write it
//
// Keys are `user-0` … `user-19999`, ASCII: outside of it the JavaScript evaluator hashes UTF-16
// units where flagd itself (Go) and Trimtab hash UTF-8 bytes.
import { readFileSync, writeFileSync } from 'node:fs';
import { FlagdCore, MemoryStorage } from '@openfeature/flagd-core';

const N_KEYS = 20_000;
const CASES = [
  { flag: 'route.flights', weights: [9_000, 1_000] },
  { flag: 'route.flights', weights: [9_500, 500] },
  { flag: 'route.fraud', weights: [5_000, 5_000] },
  { flag: 'route.m', weights: [9_999, 1] },
];
const file = new URL('split.json', import.meta.url);
const quiet = { error() {}, warn() {}, info() {}, debug() {} };

/** One bit a key, the first key in the lowest bit of the first byte: 1 is the challenger. */
function sides({ flag, weights }) {
  const core = new FlagdCore(new MemoryStorage(quiet), quiet);
  core.setConfigurations(
    JSON.stringify({
      flags: {
        [flag]: {
          state: 'ENABLED',
          variants: { champion: 'v2', challenger: 'v3' },
          defaultVariant: 'champion',
          targeting: {
            fractional: [
              ['champion', weights[0]],
              ['challenger', weights[1]],
            ],
          },
        },
      },
    }),
  );
  const bits = Buffer.alloc(N_KEYS / 8);
  for (let i = 0; i < N_KEYS; i += 1) {
    const found = core.resolveStringEvaluation(flag, '', { targetingKey: `user-${i}` }, quiet);
    if (found.variant === 'challenger') bits[i >> 3] |= 1 << (i & 7);
  }
  return bits.toString('hex');
}

const now = {
  made_by: 'tests/ofrep/split.mjs with @openfeature/flagd-core 4.0.1',
  n_keys: N_KEYS,
  cases: CASES.map((one) => ({ ...one, sides: sides(one) })),
};
const text = `${JSON.stringify(now, null, 2)}\n`;
if (process.argv.includes('--write')) {
  writeFileSync(file, text);
} else if (readFileSync(file, 'utf8') !== text) {
  console.error('split.json is not what flagd-core says: node split.mjs --write');
  process.exit(1);
}
for (const one of now.cases) {
  const n = Buffer.from(one.sides, 'hex').reduce(
    (sum, byte) => sum + byte.toString(2).replaceAll('0', '').length,
    0,
  );
  console.log(`${one.flag} ${one.weights.join('/')}: ${n} of ${N_KEYS} keys get the challenger`);
}
