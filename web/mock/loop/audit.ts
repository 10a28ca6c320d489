import { createHash } from 'node:crypto';
import type { AuditEntry } from '../../src/api/loop_shapes';

const sha = (text: string) => createHash('sha256').update(text).digest('hex');

interface Told {
  actor: string;
  action: string;
  model: string | null;
  object: string;
  text: string;
  before?: unknown;
  after?: unknown;
  reason?: string;
}

const told: Told[] = [
  {
    actor: 'command line',
    action: 'document_put',
    model: 'flights',
    object: 'model/flights',
    text: 'Model `flights` was applied',
    after: { time_zone: 'America/New_York', clock: 'event' },
  },
  {
    actor: 'local',
    action: 'document_put',
    model: 'flights',
    object: 'retraining_policy/default',
    text: 'Policy `default` was applied',
    before: { cooldown_hours: 72, approval: 0 },
    after: { cooldown_hours: 168, approval: 1 },
  },
  {
    actor: 'token:tok_ines',
    action: 'alias_set',
    model: 'flights',
    object: 'version/1',
    text: '`champion` of `flights` set to v1',
    after: { champion: 'v1' },
    reason: 'first version',
  },
  {
    actor: 'system',
    action: 'retraining_fired',
    model: 'flights',
    object: 'ret_flights_1',
    text: 'Retraining of `flights` fired: ROC AUC 0.668, floor 0.700',
    reason: 'performance_loss',
  },
  {
    actor: 'token:tok_bo',
    action: 'retraining_approved',
    model: 'flights',
    object: 'ret_flights_1',
    text: 'Retraining of `flights` was approved',
    before: { approvals: 0 },
    after: { approvals: 1 },
    reason: 'loss is real',
  },
  {
    actor: 'system',
    action: 'validation_finished',
    model: 'flights',
    object: 'val_v3',
    text: 'v3 of `flights` passed its gate',
    after: { verdict: 'passed', checks: 9 },
  },
  {
    actor: 'system',
    action: 'alias_set',
    model: 'flights',
    object: 'version/3',
    text: '`champion` of `flights` moved from v1 to v3',
    before: { champion: 'v1', challenger: 'v3' },
    after: { champion: 'v3' },
    reason: 'rollout held in every step',
  },
  {
    actor: 'system',
    action: 'validation_finished',
    model: 'flights',
    object: 'val_v5',
    text: 'v5 of `flights` failed its gate',
    after: { verdict: 'failed', failed: ['roc_auc', 'brier'] },
  },
  {
    actor: 'system',
    action: 'rollout_rolled_back',
    model: 'flights',
    object: 'rol_v6',
    text: 'v6 of `flights` was rolled back',
    before: { phase: 'running', share_percent: 10 },
    after: { phase: 'rolled_back', share_percent: 0 },
    reason: 'p99 latency 212 ms, limit 120 ms',
  },
  {
    actor: 'token:tok_ines',
    action: 'incident_acknowledged',
    model: 'flights',
    object: 'inc_9',
    text: 'Incident #9 was acknowledged',
    before: { state: 'open' },
    after: { state: 'acknowledged' },
  },
  {
    actor: 'local',
    action: 'token_created',
    model: null,
    object: 'tok_grafana',
    text: 'Token `grafana` was made, may read',
    after: { permissions: ['read'] },
  },
];

function chain(): AuditEntry[] {
  let previous = sha('trimtab');
  // Older entries of the same kinds, so that paging has something to page.
  const all = [
    ...Array.from({ length: 130 }, (_, i): Told => ({
      actor: 'system',
      action: 'labels_imported',
      model: 'flights',
      object: 'labels',
      text: `${(600 + (i % 40)).toString()} labels were imported`,
    })),
    ...told,
  ];
  return all.map((t, i) => {
    const at = new Date(Date.UTC(2013, 11, 20) - (all.length - i) * 3_600_000).toISOString();
    const hash = sha(previous + JSON.stringify(t) + at);
    const entry = {
      number: i + 1,
      at,
      actor: t.actor,
      action: t.action,
      model: t.model,
      object: t.object,
      text: t.text,
      before: (t.before ?? null) as AuditEntry['before'],
      after: (t.after ?? null) as AuditEntry['after'],
      reason: t.reason ?? null,
      previous_hash: previous,
      hash,
    };
    previous = hash;
    return entry;
  });
}
const entries = chain().toReversed();
const head = { number: entries[0]!.number, hash: entries[0]!.hash };

export function audit(query: URLSearchParams) {
  const is = (name: 'actor' | 'action' | 'model' | 'object', e: AuditEntry) =>
    !query.get(name) || query.get(name) === e[name];
  const below = Number(query.get('cursor') ?? Infinity);
  const found = entries.filter(
    (e) =>
      e.number < below &&
      is('actor', e) &&
      is('action', e) &&
      is('model', e) &&
      is('object', e) &&
      (!query.get('from') || e.at >= query.get('from')!) &&
      (!query.get('to') || e.at < query.get('to')!),
  );
  const items = found.slice(0, 100);
  return { items, next: found.length > items.length ? String(items.at(-1)!.number) : null, head };
}

export const verified = () => ({ intact: true, head, broken: null, expected: null });
