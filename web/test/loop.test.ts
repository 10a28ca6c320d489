import { describe, expect, it } from 'vitest';
import type {
  AbTestSummary,
  AuditEntry,
  Check,
  Pipeline,
  RegisteredModel,
  RegistryRow,
  Served,
} from '../src/api/loop_shapes';
import { pageOf, testOf, type WireComparison, type WireLook, type WirePage } from '../src/api/ab';
import { numberOf, orderBy, runOf, thinned, type Run } from '../src/api/tracking';
import { allColumns, columnValue, compareRuns, defaultColumns, nextSort } from '../src/lib/compare';
import { changeIn, inUnit } from '../src/lib/measure';
import { effectSeries } from '../src/pages/ab/series';
import { testsFinding } from '../src/pages/ab/AbTestsPage';
import { changesBetween, plainValue } from '../src/pages/audit/changes';
import { folded } from '../src/pages/audit/fold';
import { possible } from '../src/pages/pipelines/PipelineActions';
import { checkKind, checkTone, isDifference } from '../src/pages/pipelines/words';
import { stepWords } from '../src/pages/pipelines/TrafficPanel';
import { registryFinding, servedAt, spansOf } from '../src/pages/registry/RegistryPage';
import { before } from '../src/pages/registry/VersionActions';
import { retrainingOf } from '../src/pages/registry/VersionPanel';
import { fieldInstant, fieldValue } from '../src/ui/MomentField';

const run = (change: Partial<Run>): Run => ({
  id: 'a',
  name: 'a',
  experiment: '1',
  status: 'FINISHED',
  user: '',
  start: null,
  end: null,
  metrics: {},
  curves: [],
  params: {},
  tags: {},
  ...change,
});

describe('runs as the tracking interface tells them', () => {
  it('reads whole numbers that come as text and numbers that are none', () => {
    expect(numberOf('1732800000000')).toBe(1732800000000);
    expect(numberOf('NaN')).toBeNaN();
    expect(numberOf('Infinity')).toBe(Infinity);
    expect(numberOf(undefined)).toBeNaN();
    const read = runOf({
      info: { run_id: '0123456789abcdef', experiment_id: '1', start_time: '1000' },
      data: { metrics: [{ key: 'auc', value: 'NaN' }], tags: [{ key: 'mlflow.runName', value: 'night' }] },
    });
    expect([read.name, read.start, read.end]).toEqual(['night', 1000, null]);
    expect(read.metrics['auc']).toBeNaN();
  });
  it('orders by a quoted name, whatever is in it', () => {
    expect(orderBy('metric.val auc desc')).toEqual(['metrics.`val auc` DESC']);
    expect(orderBy('param.a`; drop asc')).toEqual(['params.`a; drop` ASC']);
    expect(orderBy('nonsense')).toEqual(['attributes.start_time DESC']);
  });
  it('thins a long curve without losing its ends or its extremes', () => {
    const all = Array.from({ length: 10_000 }, (_, i) => ({
      value: i === 4321 ? 99 : i === 7777 ? -99 : i % 7,
    }));
    const kept = thinned(all, 200);
    expect(kept.length).toBeLessThanOrEqual(200);
    expect([kept[0], kept.at(-1)]).toEqual([all[0], all.at(-1)]);
    expect(kept.map((p) => p.value)).toEqual(expect.arrayContaining([99, -99]));
    expect(thinned(all.slice(0, 5), 200)).toHaveLength(5);
  });
});

describe('runs side by side', () => {
  const runs = [
    run({ metrics: { auc: 0.7, log_loss: 0.5 }, params: { depth: '4', seed: '1' } }),
    run({
      id: 'b',
      metrics: { auc: 0.72, log_loss: 0.6 },
      params: { depth: '6', seed: '1', lr: '0.1' },
      tags: { 'mlflow.user': 'x', note: 'y' },
    }),
  ];
  it('says what differs and which is best, by the good direction of the name', () => {
    const rows = compareRuns(runs);
    expect(rows.map((r) => [r.name, r.differs, r.best])).toEqual([
      ['auc', true, 1],
      ['log_loss', true, 0],
      ['depth', true, null],
      ['lr', true, null],
      ['seed', false, null],
      ['note', true, null],
    ]);
  });
  it('calls nobody best when two are equal or a value is no number', () => {
    expect(compareRuns([run({ metrics: { auc: 1 } }), run({ metrics: { auc: 1 } })])[0]?.best).toBeNull();
    expect(compareRuns([run({ metrics: { auc: NaN } }), run({ metrics: { auc: 1 } })])[0]?.best).toBe(1);
    expect(compareRuns([run({}), run({ metrics: { auc: 1 } })])[0]?.best).toBeNull();
  });
  it('opens with the commonest metrics and the parameters that differ', () => {
    expect(defaultColumns(runs)).toEqual(['metric.auc', 'metric.log_loss', 'param.depth', 'param.lr']);
    expect(allColumns(runs)).toContain('tag.note');
    expect(allColumns(runs)).not.toContain('tag.mlflow.user');
    expect(columnValue(run({ params: { 'a.b': '1' } }), 'param.a.b')).toBe('1');
  });
  it('turns the order with each press and then lets it go', () => {
    expect(nextSort(undefined, 'metric.auc')).toBe('metric.auc desc');
    expect(nextSort('metric.auc desc', 'metric.auc')).toBe('metric.auc asc');
    expect(nextSort('metric.auc asc', 'metric.auc')).toBeUndefined();
    expect(nextSort('metric.auc desc', 'param.depth')).toBe('param.depth asc');
  });
});

describe('the registry', () => {
  it('knows which retraining wrote a snapshot, and that others wrote theirs', () => {
    expect(retrainingOf('snap_01m8')).toBe('ret_01m8');
    expect(retrainingOf('s3://elsewhere')).toBeUndefined();
    expect(retrainingOf(undefined)).toBeUndefined();
  });
  const served: Served[] = [
    {
      version: 'v1',
      from: '2013-04-01T00:00:00Z',
      to: '2013-10-05T00:00:00Z',
      decided_at: '2013-04-01T00:00:00Z',
      actor: 'i',
      reason: null,
      kind: 'promoted',
    },
    {
      version: 'v3',
      from: '2013-10-05T00:00:00Z',
      to: null,
      decided_at: '2013-10-05T00:00:00Z',
      actor: 'i',
      reason: null,
      kind: 'promoted',
    },
  ];
  it('ends the lane of a replayed model where its data end, not in the present', () => {
    const row = (model: string, from: string): RegistryRow => ({
      model,
      champion: 'v1',
      challenger: null,
      n_versions: 1,
      changed_at: null,
      changed_text: null,
      served: [
        { version: 'v1', from, to: null, decided_at: from, actor: 'i', reason: null, kind: 'promoted' },
      ],
    });
    const rows = [
      row('replayed', '2013-04-01T00:00:00Z'),
      row('a', '2026-01-01T00:00:00Z'),
      row('b', '2026-03-01T00:00:00Z'),
    ];
    const spans = spansOf(rows, [
      { model: 'replayed', clock: 'event', data_through: '2013-07-01T00:00:00Z' },
      { model: 'a', clock: 'live' },
    ]);
    const at = (iso: string) => Date.parse(iso);
    expect(spans(rows[0]!)).toEqual([at('2013-04-01T00:00:00Z'), at('2013-07-01T00:00:00Z')]);
    expect(spans(rows[1]!)).toEqual(spans(rows[2]!));
    expect(spans(rows[2]!)[0]).toBe(at('2026-01-01T00:00:00Z'));
  });
  it('knows what served at a moment, with half-open stretches', () => {
    expect(servedAt(served, '2013-10-04T23:59:59Z')?.version).toBe('v1');
    expect(servedAt(served, '2013-10-05T00:00:00Z')?.version).toBe('v3');
    expect(servedAt(served, '2013-03-01T00:00:00Z')).toBeUndefined();
  });
  it('offers the way back once, not a way back from a way back', () => {
    const data = { served } as RegisteredModel;
    expect(before(data)).toBe('v1');
    const back = { ...served[1]!, kind: 'rolled_back' as const };
    expect(before({ served: [served[0]!, back] } as RegisteredModel)).toBeNull();
    expect(before({ served: served.slice(1) } as RegisteredModel)).toBeNull();
  });
  it('says how many have a champion and who is on the way', () => {
    const row = { n_versions: 1, changed_at: null, changed_text: null, served: [] };
    const told = registryFinding([
      { ...row, model: 'a', champion: 'v1', challenger: 'v2' },
      { ...row, model: 'b', champion: null, challenger: null },
    ]);
    expect(told.lead).toBe('1 of 2 registered models have a champion.');
    expect(told.rest).toBe('v2 of a is on its way.');
  });
});

describe('a check of the gate', () => {
  const check: Check = {
    name: 'roc_auc',
    title: 'ROC AUC',
    state: 'better',
    outcome: 'pass',
    required: true,
    champion: 0.67,
    candidate: 0.69,
    value: 0.02,
    low: 0.01,
    high: 0.03,
    limit: -0.01,
    wanted: 'at_least',
    unit: '',
    reason: '',
  };
  it('is a difference only where both sides have a number of their own', () => {
    expect(isDifference(check)).toBe(true);
    expect(isDifference({ ...check, value: 0.69 })).toBe(false);
    expect(isDifference({ ...check, champion: null })).toBe(false);
  });
  it('is grave only when it is required', () => {
    expect(checkKind({ ...check, outcome: 'fail' })).toBe('critical');
    expect(checkKind({ ...check, outcome: 'fail', required: false })).toBe('notice');
    expect(checkKind({ ...check, outcome: 'undecided' })).toBe('warning');
    for (const state of ['could_not_compute', 'could_not_decide'] as const) {
      expect(checkKind({ ...check, state, outcome: 'pass' })).toBe('none');
      expect(checkTone({ ...check, state, outcome: 'pass' })).toBe('unsure');
    }
    expect([checkTone(check), checkTone({ ...check, state: 'equal' })]).toEqual(['good', 'plain']);
  });
  it('writes numbers with their units, changes of a share in points', () => {
    expect(inUnit('roc_auc', '', 0.6914)).toBe('0.691');
    expect(inUnit('gap', 'share', 0.0213)).toBe('2.1%');
    expect(inUnit('p95', 'ms', 41.4)).toBe('41 ms');
    expect(changeIn('share', 0.0229)).toBe('+2.3 pp');
    expect(changeIn('ms', -1.2)).toBe('−1.20 ms');
    expect(changeIn('', null)).toBe('–');
  });
});

describe('the steps of a rollout', () => {
  it('say where it ended, which is neither done nor ahead', () => {
    const step = (state: 'done' | 'running' | 'ahead') => ({ state }) as never;
    expect(stepWords(step('running'), { phase: 'running' }, true)).toBe('Running now');
    expect(stepWords(step('running'), { phase: 'rolled_back' }, false)).toBe('rolled back here');
    expect(stepWords(step('ahead'), { phase: 'rolled_back' }, false)).toBe('ahead');
  });
});

describe('what may be done to a pipeline', () => {
  const p = (change: object) =>
    ({ state: 'running', run: null, gate: null, traffic: null, ...change }) as unknown as Pipeline;
  it('begins a rollout only after a passed gate', () => {
    expect(possible(p({ gate: { verdict: 'failed' }, run: { state: 'rejected', ended_at: 'x' } }))).toEqual(
      [],
    );
    expect(possible(p({ gate: { verdict: 'passed' } }))).toEqual(['start']);
  });
  it('always has a way back while traffic is on its way', () => {
    for (const phase of ['running', 'paused'])
      expect(possible(p({ traffic: { phase } }))).toContain('rollback');
    expect(possible(p({ state: 'shipped', traffic: { phase: 'completed' } }))).toEqual(['rollback']);
    expect(possible(p({ state: 'rolled_back', traffic: { phase: 'rolled_back' } }))).toEqual([]);
  });
  it('lets a person approve or reject what waits, and cancel what runs', () => {
    expect(possible(p({ run: { state: 'awaiting_approval', ended_at: null } }))).toEqual([
      'approve_run',
      'reject_run',
    ]);
    expect(possible(p({ run: { state: 'running', ended_at: null } }))).toEqual(['cancel_run']);
  });
});

describe('an A/B test', () => {
  const comparison: WireComparison = {
    metric: 'brier',
    sign: -1,
    values: { champion: 0.15, challenger: 0.14 },
    n_units: { champion: 50, challenger: 52 },
    n_rows: { champion: 50, challenger: 52 },
    variance_removed: null,
    difference: -0.01,
    low: -0.015,
    high: -0.005,
    scale: 0.003,
    p_value: 0.01,
  };
  const look: WireLook = {
    at: '2013-10-15T00:00:00Z',
    n_units: { champion: 50, challenger: 52 },
    n_rows: { champion: 50, challenger: 52 },
    n_crossed: 0,
    sample_ratio: {
      promised: 0.5,
      n_exposed: { champion: 60, challenger: 61 },
      p_value: 0.7,
      chi_squared_p_value: 0.7,
      holds: true,
    },
    primary: comparison,
    guardrails: [{ comparison: { ...comparison, metric: 'latency_p99', scale: 10 }, state: 'open' }],
    segments: [{ segment: 'origin=JFK', comparison, differs: true }],
    share_of_plan: 0.25,
    verdict: 'undecided',
    reason: 'the plan is not reached',
  };
  const wire: WirePage = {
    id: 'abt_1',
    model: 'flights',
    name: 'default',
    champion: 'v1',
    challenger: 'v3',
    challenger_share: 0.5,
    primary_metric: 'brier',
    rollout: null,
    since: '2013-10-05T00:00:00Z',
    started_at: '2026-11-28T10:00:00Z',
    state: 'running',
    verdict: 'undecided',
    decision: null,
    document: {},
    looked_until: look.at,
    n_looks: 1,
    started_by: 'i',
    looks: [look],
  };
  it('knows for each metric which way is good, and how much worse a guardrail may be', () => {
    const t = pageOf(wire);
    expect([t.primary?.good_direction, t.primary?.verdict]).toEqual(['down', 'better']);
    expect([t.guardrails[0]?.limit, t.guardrails[0]?.unit, t.guardrails[0]?.verdict]).toEqual([
      10,
      'ms',
      'undecided',
    ]);
    expect([t.segments[0]?.segment, t.segments[0]?.verdict]).toEqual(['origin=JFK', 'better']);
    const of = (change: Partial<WireComparison>) =>
      testOf(wire, { ...look, primary: { ...comparison, ...change } }).primary?.verdict;
    expect(of({ low: 0.001, high: 0.02 })).toBe('worse');
    expect(of({ low: -0.002, high: 0.001 })).toBe('equal');
    expect(of({ low: -0.02, high: 0.001 })).toBe('undecided');
    expect(of({ low: null })).toBe('undecided');
  });
  it('counts the days of a shadow, and knows segments that have too little data', () => {
    const t = pageOf({ ...wire, challenger_share: null, document: { segments: ['origin'] } as never });
    expect([t.is_shadow, t.n_exposed, t.has_segments]).toEqual([true, 52, true]);
    expect(t.primary?.text).toBe('52 days behind it');
    expect(pageOf(wire).has_segments).toBe(false);
  });
  it('counts exposures, and the days that the plan leaves', () => {
    const t = pageOf(wire);
    expect(t.n_exposed).toBe(121);
    expect(t.sentence).toBe('The plan is not reached.');
    expect(t.progress.days_left).toBeCloseTo(30);
    expect(pageOf({ ...wire, looks: [] }).progress.days_left).toBeNull();
    expect(testOf({ ...wire, challenger_share: null }, { ...look, sample_ratio: null })).toMatchObject({
      is_shadow: true,
      sample_ratio: null,
      n_exposed: 52,
    });
  });
  it('is told from what needs attention first', () => {
    const t = (change: Partial<AbTestSummary>) =>
      ({ model: 'm', sentence: 'S.', state: 'finished', decision: 'ship', ...change }) as AbTestSummary;
    expect(testsFinding([]).lead).toBe('No A/B test has begun.');
    expect(testsFinding([t({ state: 'running' })])).toEqual({
      lead: '1 A/B test is running.',
      rest: 'm: S.',
    });
    expect(testsFinding([t({}), t({ decision: 'blocked_by_sample_ratio' })]).rest).toMatch(
      /^1 verdict is blocked/,
    );
  });
  it('draws the band from where it begins to tell something', () => {
    const at = (d: number) => new Date(Date.UTC(2013, 9, d)).toISOString();
    const point = (d: number, half: number | null) => ({
      at: at(d),
      n: 2,
      effect: half === null ? null : 0,
      low: half === null ? null : -half,
      high: half,
    });
    const { points } = effectSeries({
      primary: null,
      series: [point(1, null), point(2, 50), point(3, 2), point(4, 1)],
    });
    expect(points.map((p) => p.window_start)).toEqual([at(3), at(4)]);
    expect(points[0]?.window_end).toBe(at(4));
    expect(effectSeries({ primary: null, series: [] }).points).toEqual([]);
  });
});

describe('before and after in the audit log', () => {
  it('names each leaf that changed', () => {
    expect(changesBetween({ a: 1, b: { c: 2, d: 3 } }, { a: 1, b: { c: 4, d: 3 } })).toEqual([
      { path: 'b.c', before: 2, after: 4 },
    ]);
  });
  it('takes a first or a last state leaf by leaf, and a list whole', () => {
    expect(changesBetween(null, { a: { b: 1 } })).toEqual([{ path: 'a.b', before: undefined, after: 1 }]);
    expect(changesBetween({ a: [1, 2] }, { a: [2, 1] })).toEqual([
      { path: 'a', before: [1, 2], after: [2, 1] },
    ]);
    expect(changesBetween('x', { a: 1 })).toEqual([{ path: 'value', before: 'x', after: { a: 1 } }]);
    expect(changesBetween(null, null)).toEqual([]);
    expect([plainValue(undefined), plainValue('x'), plainValue([1])]).toEqual(['–', 'x', '[1]']);
  });
});

describe('a moment in the reader’s zone', () => {
  it('is the same instant there and back, on days when the clock jumps too', () => {
    for (const iso of [
      '2013-03-10T06:59:00Z',
      '2013-03-10T07:01:00Z',
      '2013-11-03T12:00:00Z',
      '2026-01-01T00:00:00Z',
    ])
      expect(fieldInstant(fieldValue(iso, 'America/New_York'), 'America/New_York')).toBe(iso);
    expect(fieldValue('2013-10-05T04:00:00Z', 'America/New_York')).toBe('2013-10-05T00:00');
    expect(fieldInstant('2013-10', 'UTC')).toBeUndefined();
  });
});

describe('the audit log', () => {
  const entry = (number: number, text: string, change: Partial<AuditEntry> = {}): AuditEntry => ({
    number,
    at: '2026-11-28T10:00:00Z',
    actor: 'local',
    action: 'labels_imported',
    model: 'flights',
    object: 'labels',
    text,
    before: null,
    after: null,
    reason: null,
    previous_hash: '',
    hash: '',
    ...change,
  });
  it('tells routine in one line and keeps every decision a line of its own', () => {
    const items = [
      entry(9, 'v3 was promoted', { action: 'promoted' }),
      entry(8, '165 labels imported'),
      entry(7, '1,650 labels imported'),
      entry(6, '3 labels imported'),
      entry(5, '4 labels imported'),
      entry(4, '4 labels imported', { model: 'car-loan' }),
      entry(3, '5 labels imported', { model: 'car-loan' }),
    ];
    expect(folded(items).map((f) => [f.first.number, f.rest.length])).toEqual([
      [9, 0],
      [8, 3],
      [4, 0],
      [3, 0],
    ]);
    expect(folded([])).toEqual([]);
  });
});
