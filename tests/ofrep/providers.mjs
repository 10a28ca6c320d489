// The official Node provider against our server.
//
//   node providers.mjs URL FLAG CHAMPION CHALLENGER N_KEYS [SHARE_PERCENT]
//
// Prints {"champion": n, "challenger": n, "reasons": […]} and fails where an answer differs from
// flagd's own evaluator with the definition that the server exports.
import { OpenFeature } from '@openfeature/server-sdk';
import { OFREPProvider } from '@openfeature/ofrep-provider';
import { FlagdCore, MemoryStorage } from '@openfeature/flagd-core';

const [url, flag, nKeys] = process.argv.slice(2);
const quiet = { error() {}, warn() {}, info() {}, debug() {} };

await OpenFeature.setProviderAndWait(new OFREPProvider({ baseUrl: url }));
const client = OpenFeature.getClient();

const core = new FlagdCore(new MemoryStorage(quiet), quiet);
const exported = await fetch(`${url}/ofrep/v1/flagd.json`);
core.setConfigurations(await exported.text());

const counts = {};
const reasons = new Set();
for (let i = 0; i < Number(nKeys); i += 1) {
  const context = { targetingKey: `user-${i}` };
  const ours = await client.getStringDetails(flag, 'code-default', context);
  if (ours.errorCode) throw new Error(`${flag} user-${i}: ${ours.errorCode} ${ours.errorMessage}`);
  const theirs = core.resolveStringEvaluation(flag, '', context, quiet);
  if (ours.value !== theirs.value || ours.variant !== theirs.variant) {
    throw new Error(`user-${i}: ${ours.variant} ${ours.value}, flagd says ${theirs.variant} ${theirs.value}`);
  }
  counts[ours.variant] = (counts[ours.variant] ?? 0) + 1;
  reasons.add(ours.reason);
}

const nobody = await client.getStringDetails(flag, 'code-default', {});
const missing = await client.getStringDetails('route.nothing', 'code-default', { targetingKey: 'u' });
const wrongType = await client.getNumberDetails(flag, 7, { targetingKey: 'u' });
console.log(
  JSON.stringify({
    counts,
    reasons: [...reasons].sort(),
    nobody: { value: nobody.value, variant: nobody.variant, reason: nobody.reason },
    missing: { value: missing.value, errorCode: missing.errorCode },
    wrong_type: { value: wrongType.value, errorCode: wrongType.errorCode },
    metadata: nobody.flagMetadata,
  }),
);
await OpenFeature.close();
