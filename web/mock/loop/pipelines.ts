import type {
  Check,
  Pipeline,
  PipelineState,
  PipelineSummary,
  Reading,
  RetrainingDecision,
  RetrainingRun,
  Rollout,
  RolloutStage,
  Stage,
  StageName,
  StageState,
  Validation,
} from '../../src/api/loop_shapes';
import type { Sentence } from '../../src/api/shapes';

// Five candidates of one year: one shipped, two stopped by the gate, one rolled back by a guardrail,
// one on its way. And a second model whose policy only suggests.

const told = (strong: string, rest: string): Sentence => ({
  plain: `${strong} ${rest}`,
  parts: [{ text: strong, strong: true }, { text: ` ${rest}` }],
});

const hour = 3_600_000;
const wall = (hoursAgo: number) => new Date(Date.now() - hoursAgo * hour).toISOString();

interface Story {
  id: string;
  version: string;
  champion: string;
  state: PipelineState;
  event: string;
  hoursAgo: number;
  sentence: Sentence;
  cause: string;
  reach: [StageName, StageState, string][];
  gate: 'passed' | 'failed' | null;
  bad?: string;
  rollout?: { phase: Rollout['phase']; stage: RolloutStage };
}

const order: StageName[] = ['trigger', 'data', 'train', 'validate', 'shadow', 'canary', 'ab', 'full'];

const stories = (): Story[] => [
  {
    id: 'ret_flights_5',
    version: 'v7',
    champion: 'v3',
    state: 'waiting',
    event: '2013-12-19T05:00:00Z',
    hoursAgo: 2,
    sentence: told(
      'v7 takes 10% of the traffic and waits for a person.',
      'All 9 required checks passed, ROC AUC +0.021 on the last 14 days (95% 0.012 to 0.030); its guardrails hold.',
    ),
    cause: 'ROC AUC fell below 0.700 (#9)',
    reach: [
      ['trigger', 'done', '#9, performance'],
      ['data', 'done', '61 days, 40,112 rows'],
      ['train', 'done', '52 s'],
      ['validate', 'done', '9 of 9'],
      ['shadow', 'done', '7 d'],
      ['canary', 'waiting', '10%, needs approval'],
    ],
    gate: 'passed',
    rollout: { phase: 'running', stage: 'canary' },
  },
  {
    id: 'ret_flights_4',
    version: 'v6',
    champion: 'v3',
    state: 'rolled_back',
    event: '2013-11-20T05:00:00Z',
    hoursAgo: 9,
    sentence: told(
      'v6 was rolled back at 10% of the traffic.',
      'Its p99 latency reached 212 ms, limit 120 ms; v3 answered everybody again after 0.4 s.',
    ),
    cause: 'asked by hand: try a larger ensemble',
    reach: [
      ['trigger', 'done', 'by hand'],
      ['data', 'done', '61 days, 41,870 rows'],
      ['train', 'done', '3 min'],
      ['validate', 'done', '9 of 9'],
      ['shadow', 'done', '7 d'],
      ['canary', 'failed', 'latency'],
    ],
    gate: 'passed',
    rollout: { phase: 'rolled_back', stage: 'canary' },
  },
  {
    id: 'ret_flights_3',
    version: 'v5',
    champion: 'v3',
    state: 'stopped',
    event: '2013-11-04T05:00:00Z',
    hoursAgo: 20,
    sentence: told(
      'v5 was stopped by the gate.',
      'ROC AUC −0.047 (95% −0.059 to −0.035): it was trained on April alone.',
    ),
    cause: 'asked by hand: April alone',
    reach: [
      ['trigger', 'done', 'by hand'],
      ['data', 'done', '30 days, 19,257 rows'],
      ['train', 'done', '31 s'],
      ['validate', 'failed', '4 of 9'],
    ],
    gate: 'failed',
    bad: 'roc_auc',
  },
  {
    id: 'ret_flights_2',
    version: 'v4',
    champion: 'v3',
    state: 'stopped',
    event: '2013-10-28T04:00:00Z',
    hoursAgo: 26,
    sentence: told(
      'v4 was stopped by the gate.',
      'dep_delay gives the label away by itself: ROC AUC 0.98 alone.',
    ),
    cause: 'asked by hand: add dep_delay',
    reach: [
      ['trigger', 'done', 'by hand'],
      ['data', 'done', '61 days, 40,930 rows'],
      ['train', 'done', '49 s'],
      ['validate', 'failed', '7 of 9'],
    ],
    gate: 'failed',
    bad: 'leakage_single_column',
  },
  {
    id: 'ret_flights_1',
    version: 'v3',
    champion: 'v1',
    state: 'shipped',
    event: '2013-09-14T04:00:00Z',
    hoursAgo: 50,
    sentence: told(
      'v3 serves all traffic.',
      'It was better than v1 by ROC AUC 0.034 (95% 0.022 to 0.046) on the same 9,214 flights.',
    ),
    cause: 'ROC AUC fell below 0.700 (#6)',
    reach: [
      ['trigger', 'done', '#6, performance'],
      ['data', 'done', '61 days, 41,220 rows'],
      ['train', 'done', '47 s'],
      ['validate', 'done', '9 of 9'],
      ['shadow', 'done', '7 d'],
      ['canary', 'done', '10%, 7 d'],
      ['ab', 'skipped', 'not in the policy'],
      ['full', 'done', 'since 5 Oct'],
    ],
    gate: 'passed',
    rollout: { phase: 'completed', stage: 'full' },
  },
];

function stagesOf(s: Story): Stage[] {
  return order.map((name, i) => {
    const found = s.reach.find(([n]) => n === name);
    if (!found) return { name, state: 'ahead', at: null, event_at: null, text: null };
    const days = [0, 0, 0, 0, 1, 8, 15, 21][i] ?? 0;
    return {
      name,
      state: found[1],
      at: wall(s.hoursAgo - i * 0.1),
      event_at: new Date(Date.parse(s.event) + days * 24 * hour).toISOString(),
      text: found[2],
    };
  });
}

const isOver = (state: PipelineState) =>
  state === 'shipped' || state === 'stopped' || state === 'rolled_back';

function summary(s: Story): PipelineSummary {
  return {
    id: s.id,
    model: 'flights',
    state: s.state,
    version: s.version,
    champion: s.champion,
    sentence: s.sentence,
    cause: s.cause,
    began_at: wall(s.hoursAgo),
    event_at: s.event,
    ended_at: isOver(s.state) ? wall(s.hoursAgo - 1) : null,
    stages: stagesOf(s),
    retraining: s.id,
    validation: s.gate ? `val_${s.version}` : null,
    rollout: s.rollout ? `rol_${s.version}` : null,
  };
}

const suggestion = (): PipelineSummary => ({
  id: 'ret_churn_1',
  model: 'churn_propensity',
  state: 'suggested',
  version: null,
  champion: 'v3',
  sentence: told(
    'Retraining of churn_propensity is suggested.',
    'tenure_months has drifted for 26 h; the policy only suggests, two people may approve.',
  ),
  cause: 'high drift of tenure_months for more than 24 h',
  began_at: wall(1),
  event_at: null,
  ended_at: null,
  stages: order.map((name, i) => ({
    name,
    state: i === 0 ? 'waiting' : 'ahead',
    at: i === 0 ? wall(1) : null,
    event_at: null,
    text: i === 0 ? '0 of 2 approvals' : null,
  })),
  retraining: 'ret_churn_1',
  validation: null,
  rollout: null,
});

const check = (
  name: string,
  title: string,
  [champion, candidate]: [number | null, number | null],
  [value, low, high]: [number | null, number | null, number | null],
  [wanted, limit]: [Check['wanted'], number | null],
  state: Check['state'],
  reason: string,
  unit = '',
  required = true,
): Check => ({
  name,
  title,
  state,
  outcome:
    state === 'worse' || state === 'failed' ? 'fail' : state.startsWith('could_not') ? 'undecided' : 'pass',
  required,
  champion,
  candidate,
  value,
  low,
  high,
  limit,
  wanted,
  unit,
  reason,
});

function checksOf(s: Story): Check[] {
  const isWeak = s.bad === 'roc_auc';
  const leaks = s.bad === 'leakage_single_column';
  const gain = isWeak ? -0.047 : leaks ? 0.262 : 0.021;
  const auc: [number, number] = [0.672, 0.672 + gain];
  return [
    check(
      'roc_auc',
      'ROC AUC, not worse',
      auc,
      [gain, gain - 0.012, gain + 0.009],
      ['at_least', -0.01],
      isWeak ? 'worse' : 'better',
      'paired by day over 14 days',
    ),
    check(
      'brier',
      'Brier score, not worse',
      [0.1412, isWeak ? 0.1561 : 0.1377],
      [isWeak ? 0.0149 : -0.0035, isWeak ? 0.0121 : -0.0052, isWeak ? 0.0177 : -0.0018],
      ['at_most', 0.005],
      isWeak ? 'worse' : 'better',
      'paired bootstrap by day',
    ),
    check(
      'worst_segment',
      'Worst segment: carrier EV',
      [0.631, isWeak ? 0.588 : 0.655],
      [isWeak ? 0.588 : 0.655, isWeak ? 0.561 : 0.629, isWeak ? 0.615 : 0.681],
      ['at_least', 0.62],
      isWeak ? 'failed' : 'passed',
      'lowest ROC AUC among 16 carriers with 200 rows or more',
    ),
    check(
      'fairness_gap',
      'Gap between airports',
      [0.021, 0.019],
      [0.019, 0.008, 0.03],
      ['at_most', 0.05],
      'passed',
      'largest difference of the share called delayed',
      'share',
    ),
    check(
      'calibration',
      'Calibration error',
      [0.024, isWeak ? 0.061 : 0.017],
      [isWeak ? 0.061 : 0.017, isWeak ? 0.052 : 0.01, isWeak ? 0.07 : 0.024],
      ['at_most', 0.04],
      isWeak ? 'failed' : 'passed',
      'weighted over 10 bins',
    ),
    check(
      'latency',
      'Scoring time, p95',
      [0.41, s.version === 'v6' ? 0.92 : 0.44],
      [s.version === 'v6' ? 0.92 : 0.44, null, null],
      ['at_most', 5],
      'passed',
      'one row at a time, 2,000 rows',
      'ms',
    ),
    check(
      'training_drift',
      'Training data against present traffic',
      [null, null],
      [isWeak ? 0.31 : 0.06, null, null],
      ['at_most', 0.25],
      isWeak ? 'failed' : 'passed',
      isWeak ? '`temp` has moved by 1.9 IQRs since April' : 'largest shift of a column, in IQRs',
    ),
    check(
      'leakage_single_column',
      'No column gives the label away',
      [null, null],
      [leaks ? 0.98 : 0.66, null, null],
      ['at_most', 0.95],
      leaks ? 'failed' : 'passed',
      leaks ? '`dep_delay` alone reaches ROC AUC 0.98' : 'strongest column alone: `origin_delay_2h`',
    ),
    check(
      'signature',
      'Signature fits the schema',
      [null, null],
      [null, null, null],
      [null, null],
      leaks ? 'failed' : 'passed',
      leaks
        ? '`dep_delay` is not a column of the model’s events'
        : '18 of 18 inputs are columns of the model’s events',
    ),
    check(
      'size',
      'Size of the file',
      [1.82, 2.04],
      [2.04, null, null],
      ['at_most', 50],
      'passed',
      'model.onnx',
      'MB',
      false,
    ),
    check(
      'recall_at_top',
      'Recall of the top tenth',
      [0.246, 0.252],
      [0.006, -0.011, 0.023],
      ['at_least', 0],
      'could_not_decide',
      'the interval holds both signs',
      'share',
      false,
    ),
  ];
}

function gateOf(s: Story): Validation | null {
  if (!s.gate) return null;
  return {
    id: `val_${s.version}`,
    model: 'flights',
    candidate: s.version,
    champion: s.champion,
    policy: 'gate',
    state: 'finished',
    verdict: s.gate,
    sentence: s.sentence.plain,
    checks: checksOf(s).toSorted(
      (a, b) => Number(b.outcome === 'fail' && b.required) - Number(a.outcome === 'fail' && a.required),
    ),
    requested_by: 'system',
    requested_at: wall(s.hoursAgo - 0.2),
    finished_at: wall(s.hoursAgo - 0.19),
    period: { start: '2013-12-05T05:00:00Z', end: '2013-12-19T05:00:00Z' },
    n_rows: 9214,
    evidence: null,
    schema_version: 1,
  };
}

const reading = (
  name: string,
  state: Reading['state'],
  value: number,
  limit: number,
  text: string,
): Reading => ({
  name,
  state,
  value,
  limit,
  champion: null,
  n: 471,
  text,
});

function trafficOf(s: Story): Rollout | null {
  if (!s.rollout) return null;
  const plan: [RolloutStage, number, string][] = [
    ['shadow', 0, '7 days, 3,000 predictions'],
    ['canary', 10, '7 days, 400 predictions, an approval'],
    ['canary', 50, '7 days'],
    ['full', 100, 'guardrails hold for 7 days'],
  ];
  const step = s.rollout.stage === 'full' ? 3 : 1;
  const broken = s.rollout.phase === 'rolled_back';
  return {
    id: `rol_${s.version}`,
    model: 'flights',
    champion: s.champion,
    challenger: s.version,
    validation: `val_${s.version}`,
    phase: s.rollout.phase,
    stage: s.rollout.stage,
    share_percent: plan[step]?.[1] ?? 0,
    step,
    steps: plan.map(([stage, share, text], i) => ({
      stage,
      share_percent: share,
      state: i < step || s.rollout?.phase === 'completed' ? 'done' : i === step ? 'running' : 'ahead',
      entered_at: i <= step ? wall(s.hoursAgo - i * 0.3) : null,
      text,
      approval: share === 10,
      hours_min: 168,
      hours_max: null,
      rows_min: 400,
    })),
    started_at: wall(s.hoursAgo - 0.2),
    entered_at: wall(s.hoursAgo - step * 0.3),
    entered_event_at: s.event,
    is_active: s.rollout.phase === 'running',
    policy: 'default',
    started_event_at: s.event,
    started_by: 'system',
    reason: 'passed its gate',
    ending: broken
      ? {
          at: wall(s.hoursAgo - 1),
          by: 'system',
          reason: 'p99 latency 212 ms, limit 120 ms',
          guardrail: 'latency_p99',
        }
      : s.rollout.phase === 'completed'
        ? { at: wall(s.hoursAgo - 1), by: 'system', reason: 'every step held', guardrail: null }
        : null,
    findings: {
      n_challenger: 471,
      n_champion: 4207,
      hours: 168,
      waits_for: s.rollout.phase === 'running' ? ['one person’s approval: `canary` asks for it'] : [],
      guardrails: [
        reading(
          'latency_p99',
          broken ? 'breached' : 'holds',
          broken ? 212 : 44,
          120,
          broken ? '212 ms, limit 120 ms' : '44 ms, limit 120 ms',
        ),
        reading('error_rate', 'holds', 0.001, 0.01, '0.1%, limit 1.0%'),
        reading('roc_auc', 'holds', 0.69, 0.66, '0.693, not below 0.660'),
      ],
      conditions: [
        reading('least_time', 'holds', 7, 7, '7 of 7 days of model time'),
        reading('least_predictions', 'holds', 471, 400, '471 of 400 predictions'),
        ...(s.rollout.phase === 'running'
          ? [reading('approval', 'not_measured', 0, 1, '0 of 1 approvals')]
          : []),
      ],
    },
    history: [
      {
        at: wall(s.hoursAgo - 0.2),
        event_at: s.event,
        kind: 'started',
        step: 0,
        actor: 'system',
        text: `${s.version} begins in shadow beside ${s.champion}`,
        reason: null,
      },
      {
        at: wall(s.hoursAgo - 0.5),
        event_at: s.event,
        kind: 'step_entered',
        step: 1,
        actor: 'system',
        text: `${s.version} gets 10% of the users`,
        reason: null,
      },
    ],
  };
}

function runOf(s: Story): RetrainingRun {
  const byHand = s.cause.startsWith('asked');
  const period = { start: '2013-09-28T04:00:00Z', end: '2013-11-28T05:00:00Z' };
  return {
    id: s.id,
    model: 'flights',
    policy: 'default',
    policy_version: 2,
    cause: { key: s.cause, trigger: byHand ? null : 'performance_loss', text: s.cause },
    priority: byHand ? 'normal' : 'high',
    requested_by: byHand ? 'Inès M.' : 'system',
    requested_at: wall(s.hoursAgo),
    event_at: s.event,
    is_suggestion: false,
    approvals_needed: 1,
    approvals: [
      { person: 'Bo L.', actor: 'token:tok_bo', at: wall(s.hoursAgo - 0.05), note: 'loss is real' },
    ],
    period,
    state: s.gate === 'failed' ? 'rejected' : 'succeeded',
    state_since: wall(s.hoursAgo - 0.1),
    n_attempts: 1,
    last_error: null,
    snapshot: {
      id: s.id.replace('ret_', 'snap_'),
      sha256: `a41c0d7be2${s.version}9c5d4e1f00aa73`,
      period,
      n_rows: 40_112,
    },
    submitted_at: wall(s.hoursAgo - 0.06),
    external_id: '41877',
    job_url: null,
    result: {
      metrics: { roc_auc: 0.694 },
      version: s.version,
      run_id: `${s.version}`.padEnd(32, '0').replace('v', 'a'),
    },
    validation: s.gate ? `val_${s.version}` : null,
    rollout: s.rollout ? `rol_${s.version}` : null,
    end_reason: s.gate === 'failed' ? s.sentence.plain : null,
    ended_at: wall(s.hoursAgo - 0.08),
    is_over: true,
    job: { orchestrator: 'local', job: 'train' },
  };
}

/** What a person did since the mock was started. */
let done: { id: string; what: string }[] = [];
export function resetPipelines(): void {
  done = [];
}

function acted(p: PipelineSummary): PipelineSummary {
  const last = done.findLast((d) => d.id === p.id)?.what;
  if (last === 'rollback')
    return {
      ...p,
      state: 'rolled_back',
      ended_at: wall(0),
      sentence: told(`${p.version} was rolled back by local user.`, `${p.champion} answers everybody again.`),
      stages: p.stages.map((s) =>
        s.state === 'waiting' || s.state === 'running' ? { ...s, state: 'failed' } : s,
      ),
    };
  if (last === 'approve')
    return {
      ...p,
      state: 'running',
      sentence: told(`${p.version} goes on to half of the traffic.`, 'Its guardrails hold.'),
      stages: p.stages.map((s) => (s.state === 'waiting' ? { ...s, state: 'running', text: '50%' } : s)),
    };
  return p;
}

export function pipelines(model: string | null) {
  const items = [...stories().map(summary), suggestion()]
    .map(acted)
    .filter((p) => !model || p.model === model);
  return {
    sentence: told('v7 of flights waits for a person.', 'Retraining of churn_propensity is suggested.'),
    items,
    next: null,
  };
}

export function pipeline(id: string): Pipeline | undefined {
  const story = stories().find((s) => s.id === id);
  if (!story)
    return id === 'ret_churn_1' ? { ...suggestion(), run: null, gate: null, traffic: null } : undefined;
  const summed = acted(summary(story));
  const traffic = trafficOf(story);
  const phase = summed.state === 'rolled_back' ? 'rolled_back' : traffic?.phase;
  return {
    ...summed,
    run: runOf(story),
    gate: gateOf(story),
    traffic: traffic && phase ? { ...traffic, phase } : null,
  };
}

export function retrainingDetail(id: string) {
  const story = stories().find((s) => s.id === id);
  return story
    ? {
        ...runOf(story),
        log: 'reading snapshot: 40,112 rows, 18 columns\nfold 1 of 5: ROC AUC 0.694\nfold 2 of 5: ROC AUC 0.689\nexported model.onnx (2.04 MB)\nregistered flights version 7',
      }
    : undefined;
}

export function decisions(model: string): RetrainingDecision[] {
  if (model !== 'flights') return [];
  const one = (
    event_at: string,
    outcome: RetrainingDecision['outcome'],
    text: string,
    triggers: RetrainingDecision['triggers'],
    guards: RetrainingDecision['guards'] = [],
  ): RetrainingDecision => ({ at: event_at, event_at, policy: 'default', outcome, text, triggers, guards });
  return [
    one(
      '2013-12-19T05:00:00Z',
      'fired',
      'Performance is below its floor for 3 days; 61 days of labels are there.',
      [
        {
          name: 'performance_loss',
          kind: 'signal',
          state: 'fired',
          reason: 'ROC AUC 0.671, mean of 14 days, floor 0.700',
        },
        { name: 'critical_data_drift', kind: 'alert', state: 'quiet', reason: 'no critical drift' },
      ],
    ),
    one('2013-12-09T05:00:00Z', 'held', 'High drift for 5 h; it fires after 24 h.', [
      { name: 'high_drift', kind: 'alert', state: 'held', reason: '4 columns drift since 5 h, 24 h needed' },
    ]),
    one(
      '2013-10-02T04:00:00Z',
      'held',
      'Same cause as the run of 14 Sep; cooldown of 7 days is over, its rollout is not.',
      [{ name: 'performance_loss', kind: 'signal', state: 'held', reason: 'same cause as `ret_flights_1`' }],
      [{ guard: 'rollout', holds_back: true, reason: 'v3 is on its way since 15 Sep' }],
    ),
    one('2013-09-14T04:00:00Z', 'fired', 'Performance is below its floor for 5 days.', [
      {
        name: 'performance_loss',
        kind: 'signal',
        state: 'fired',
        reason: 'ROC AUC 0.668, mean of 14 days, floor 0.700',
      },
    ]),
  ];
}

/** Records what was asked for; false when nothing of that model is on its way. */
export function actOnRollout(model: string, what: string): boolean {
  const target = pipelines(model).items.find(
    (p) => p.rollout !== null && (!isOver(p.state) || p.state === 'shipped'),
  );
  if (!target) return false;
  done.push({ id: target.id, what });
  return true;
}
