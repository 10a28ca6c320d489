import type { WireComparison, WireListed, WireLook, WirePage, WireTest } from '../../src/api/ab';
import type { AbPlan } from '../../src/api/loop_shapes';
import { normal, random, round } from '../random';

const dayMs = 86_400_000;

function comparison(
  metric: string,
  [champion, challenger]: [number, number],
  [difference, low, high]: [number, number, number],
  n: number,
  change: Partial<WireComparison> = {},
): WireComparison {
  const half = Math.round(n / 2);
  return {
    metric,
    sign: metric === 'accuracy' ? 1 : -1,
    values: { champion, challenger },
    n_units: { champion: half, challenger: half },
    n_rows: { champion: half, challenger: half },
    variance_removed: null,
    difference,
    low,
    high,
    scale: 0.015,
    p_value: 0.3,
    ...change,
  };
}

interface Told {
  id: string;
  /** Users a day, days, and the effect that the looks close in on. */
  daily: number;
  days: number;
  effect: number;
  holds: boolean;
  share: number;
  verdict: WireLook['verdict'];
  reason: string;
  since: number;
  plan: number;
}

function looks(t: Told): WireLook[] {
  const next = random(t.id);
  return Array.from({ length: t.days }, (_, i) => {
    const n = t.daily * (i + 1);
    const width = 1.7 / Math.sqrt(n);
    const at = t.effect + (normal(next) * 0.3) / Math.sqrt(n);
    const isLast = i === t.days - 1;
    const challenger = Math.round(n * t.share);
    const sides = { champion: n - challenger, challenger };
    const primary = comparison(
      'accuracy',
      [0.712, 0.712 + at],
      [round(at), round(at - width), round(at + width)],
      n,
      {
        p_value: at - width > 0 ? 0.0021 : 0.31,
      },
    );
    const segment = (name: string, part: number, by: number, differs: boolean) => ({
      segment: `origin=${name}`,
      comparison: comparison(
        'accuracy',
        [0.71, 0.71 + at + by],
        [round(at + by), round(at + by - width * 1.6), round(at + by + width * 1.6)],
        n * part,
      ),
      differs,
    });
    return {
      at: new Date(t.since + (i + 1) * dayMs).toISOString(),
      n_units: sides,
      n_rows: sides,
      n_crossed: 0,
      sample_ratio: {
        promised: 0.5,
        n_exposed: sides,
        p_value: t.holds ? 0.69 : 0.00001,
        chi_squared_p_value: t.holds ? 0.69 : 0.00001,
        holds: t.holds,
      },
      primary,
      guardrails: [
        {
          comparison: comparison('latency_p99', [43.1, 44], [0.9, -1.2, 3], n, { scale: 21.5, p_value: 0.4 }),
          state: 'holds' as const,
        },
        {
          comparison: comparison('errors', [0.001, 0.0011], [0.0001, -0.0009, 0.0011], n, {
            scale: 0.005,
            p_value: 0.8,
          }),
          state: 'holds' as const,
        },
      ],
      segments: [
        segment('EWR', 0.36, 0.01, t.effect > 0.02),
        segment('JFK', 0.33, -0.003, false),
        segment('LGA', 0.31, -0.006, false),
      ],
      share_of_plan: Math.min(1, n / t.plan),
      verdict: isLast ? t.verdict : 'undecided',
      reason: isLast ? t.reason : 'the interval holds zero and the plan is not reached',
    };
  });
}

function test(champion: string, challenger: string, t: Told): WirePage {
  const since = new Date(t.since).toISOString();
  const end = new Date(t.since + t.days * dayMs).toISOString();
  const isOpen = t.verdict === 'undecided';
  return {
    id: t.id,
    model: 'flights',
    name: `${challenger}-against-${champion}`,
    champion,
    challenger,
    challenger_share: 0.5,
    primary_metric: 'accuracy',
    rollout: null,
    since,
    started_at: since,
    state: isOpen ? 'running' : 'decided',
    verdict: t.verdict,
    decision: isOpen
      ? null
      : { verdict: t.verdict, reason: t.reason, at: end, decided_at: end, actor: 'system' },
    document: {},
    looked_until: end,
    n_looks: t.days,
    started_by: 'system',
    looks: looks(t),
  };
}

const usual = { daily: 607, share: 0.4993, holds: true, plan: 24_000 };
const tests: WirePage[] = [
  test('v3', 'v7', {
    ...usual,
    id: 'abt_3',
    days: 12,
    effect: 0.009,
    verdict: 'undecided',
    reason:
      'v7 calls between 1.1 points fewer and 2.9 points more flights right than v3; 30% of the plan is reached',
    since: Date.UTC(2013, 11, 20, 5),
  }),
  test('v3', 'v6', {
    ...usual,
    id: 'abt_2',
    days: 5,
    effect: 0.004,
    share: 0.431,
    holds: false,
    verdict: 'blocked_by_sample_ratio',
    reason: '43.1% of the users saw v6 where 50% were promised: nothing measured on that split counts',
    since: Date.UTC(2013, 10, 27, 5),
  }),
  test('v1', 'v3', {
    ...usual,
    id: 'abt_1',
    days: 28,
    effect: 0.0229,
    verdict: 'ship',
    reason: 'v3 calls 2.3 points more flights right than v1, and every guardrail holds',
    since: Date.UTC(2013, 9, 12, 4),
  }),
];

let stopped: string[] = [];
export function resetTests(): void {
  stopped = [];
}
export function stopTest(id: string): void {
  stopped.push(id);
}
const now = <T extends WireTest>(t: T): T => (stopped.includes(t.id) ? { ...t, state: 'stopped' } : t);

export function abTests(): { items: WireListed[] } {
  return { items: tests.map(now).map(({ looks: all, ...t }) => ({ ...t, look: all.at(-1) ?? null })) };
}
export const abTest = (id: string) => tests.map(now).find((t) => t.id === id);

export function plan(query: URLSearchParams): AbPlan {
  const read = (name: string) => Number(query.get(name));
  const p = read('champion') + read('minimum_effect') / 2;
  const n = Math.ceil((2 * 2 * p * (1 - p) * 7.85) / read('minimum_effect') ** 2);
  return {
    n_fixed: n,
    n_sequential_median: Math.round(n * 0.82),
    n_sequential_mean: Math.round(n * 0.84),
    n_sequential_max: Math.round(n * 1.13),
    minimum_effect: read('minimum_effect'),
    days_fixed: n / read('units_per_day'),
    days_sequential_max: (n * 1.13) / read('units_per_day'),
    days_sequential_median: (n * 0.82) / read('units_per_day'),
  };
}
