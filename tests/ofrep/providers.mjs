// The official Node provider against our server.
//
//   node providers.mjs URL FLAG N_KEYS
//
// Every answer is held against flagd's own evaluator with the definition that the server exports.
// Prints one line of JSON with what it found, then asks for a key that has the candidate until
// that key has the champion again, and prints `{"back_at": seconds}` (of the wall clock).
import { setTimeout as sleep } from 'node:timers/promises';
import { FlagdCore, MemoryStorage } from '@openfeature/flagd-core';
import { OFREPProvider } from '@openfeature/ofrep-provider';
import { OpenFeature } from '@openfeature/server-sdk';

const [url, flag, nKeys] = process.argv.slice(2);
const WATCH_MS_MAX = 60_000;
const quiet = { error() {}, warn() {}, info() {}, debug() {} };

await OpenFeature.setProviderAndWait(new OFREPProvider({ baseUrl: url }));
const client = OpenFeature.getClient();
const ask = (context) => client.getStringDetails(flag, 'code-default', context);

const core = new FlagdCore(new MemoryStorage(quiet), quiet);
const exported = await fetch(`${url}/ofrep/v1/flagd.json`);
core.setConfigurations(await exported.text());

const counts = {};
const reasons = new Set();
let withCandidate = '';
for (let i = 0; i < Number(nKeys); i += 1) {
  const context = { targetingKey: `user-${i}` };
  const ours = await ask(context);
  if (ours.errorCode) throw new Error(`user-${i}: ${ours.errorCode} ${ours.errorMessage}`);
  const theirs = core.resolveStringEvaluation(flag, '', context, quiet);
  if (ours.value !== theirs.value || ours.variant !== theirs.variant) {
    throw new Error(`user-${i}: ${ours.variant} ${ours.value}, flagd says ${theirs.variant} ${theirs.value}`);
  }
  counts[ours.variant] = (counts[ours.variant] ?? 0) + 1;
  reasons.add(ours.reason);
  if (ours.variant === 'challenger') withCandidate = context.targetingKey;
}

const shown = ({ value, variant, reason, errorCode }) => ({ value, variant, reason, errorCode });
const nobody = await ask({});
const missing = await client.getStringDetails('route.nothing', 'code-default', { targetingKey: 'u' });
const wrongType = await client.getNumberDetails(flag, 7, { targetingKey: 'u' });
const malformed = await ask({ targetingKey: 7 });
console.log(
  JSON.stringify({
    counts,
    reasons: [...reasons].sort(),
    nobody: shown(nobody),
    missing: shown(missing),
    wrong_type: shown(wrongType),
    malformed: shown(malformed),
    metadata: nobody.flagMetadata,
  }),
);

const deadline = Date.now() + WATCH_MS_MAX;
while ((await ask({ targetingKey: withCandidate })).variant !== 'champion') {
  if (Date.now() > deadline) throw new Error(`${withCandidate} has the candidate for a minute`);
  await sleep(10);
}
console.log(JSON.stringify({ back_at: Date.now() / 1_000 }));
await OpenFeature.close();
