import type { AbPlan, AbSegment, AbTest, AbTestSummary, Measure } from '../../src/api/loop_shapes';
import { normal, random, round } from '../random';

const dayMs = 86_400_000;

function measure(
  name: string,
  title: string,
  unit: string,
  [champion, challenger]: [number, number],
  [effect, low, high]: [number, number, number],
  change: Partial<Measure>,
): Measure {
  return {
    name,
    title,
    unit,
    good_direction: 'up',
    champion,
    challenger,
    effect,
    low,
    high,
    p_value: 0.3,
    limit: null,
    verdict: 'holds',
    text: '',
    ...change,
  };
}

function series(
  seed: string,
  effect: number,
  daily: number,
  n: number,
  from = Date.UTC(2013, 9, 12),
): AbTest['series'] {
  const next = random(seed);
  return Array.from({ length: n }, (_, i) => {
    const rows = daily * (i + 1);
    const width = 1.7 / Math.sqrt(rows);
    const at = effect + (normal(next) * 0.35) / Math.sqrt(rows);
    return {
      at: new Date(from + i * dayMs).toISOString(),
      n_champion: Math.round(rows / 2),
      n_challenger: Math.round(rows / 2),
      effect: round(at),
      low: round(at - width),
      high: round(at + width),
    };
  });
}

const segment = (
  name: string,
  n: number,
  effect: number,
  wide: number,
  verdict: Measure['verdict'],
): AbSegment => ({
  ...measure(
    'accuracy',
    'Right calls',
    'share',
    [0.72, 0.72 + effect],
    [effect, effect - wide, effect + wide],
    {
      verdict,
    },
  ),
  segment: name,
  n_champion: Math.round(n / 2),
  n_challenger: Math.round(n / 2),
});

function test(change: Partial<AbTest> & Pick<AbTest, 'id' | 'name'>): AbTest {
  const primary = measure('accuracy', 'Right calls', 'share', [0.721, 0.744], [0.0229, 0.0061, 0.0397], {
    p_value: 0.0021,
    verdict: 'better',
    text: 'share of flights whose delay was called right',
  });
  return {
    model: 'flights',
    champion: 'v1',
    challenger: 'v3',
    state: 'finished',
    started_at: '2013-10-12T04:00:00Z',
    ended_at: '2013-11-09T05:00:00Z',
    sentence: 'v3 calls 2.3 points more flights right than v1 (95% 0.6 to 4.0); guardrails hold.',
    decision: 'ship',
    decision_text:
      'The interval lies above zero and every guardrail holds; 71% of the planned sample were enough.',
    decided_at: '2013-11-09T05:00:00Z',
    primary,
    sample_ratio: {
      ok: true,
      expected_share: 0.5,
      n_champion: 8512,
      n_challenger: 8498,
      p_value: 0.91,
      text: '50.04 / 49.96, as planned',
    },
    guardrails: [
      measure('latency_p99', 'Latency, p99', 'ms', [43.1, 44], [0.9, -1.2, 3], {
        good_direction: 'down',
        limit: 10,
        p_value: 0.4,
        text: 'not more than 10 ms slower',
      }),
      measure('error_rate', 'Failed answers', 'share', [0.001, 0.0011], [0.0001, -0.0009, 0.0011], {
        good_direction: 'down',
        limit: 0.005,
        p_value: 0.8,
        text: 'not more than half a point more',
      }),
    ],
    segments: [
      segment('EWR', 6100, 0.031, 0.029, 'better'),
      segment('JFK', 5600, 0.019, 0.031, 'undecided'),
      segment('LGA', 5310, 0.017, 0.032, 'undecided'),
    ],
    progress: { n_exposed: 17_010, n_planned: 24_000, days_left: null, power: 0.86, minimum_effect: 0.015 },
    series: series(change.id, 0.0229, 607, 28),
    ...change,
  };
}

const tests: AbTest[] = [
  test({
    id: 'abt_3',
    name: 'v7-against-v3',
    champion: 'v3',
    challenger: 'v7',
    state: 'running',
    started_at: '2013-12-20T05:00:00Z',
    ended_at: null,
    sentence: 'No difference between v7 and v3 is shown yet; 34% of the planned sample.',
    decision: 'undecided',
    decision_text: 'The interval holds zero and the horizon is not reached.',
    decided_at: null,
    primary: measure('accuracy', 'Right calls', 'share', [0.702, 0.716], [0.014, -0.0132, 0.0412], {
      verdict: 'undecided',
      p_value: 0.31,
      text: 'share of flights whose delay was called right',
    }),
    sample_ratio: {
      ok: true,
      expected_share: 0.5,
      n_champion: 3604,
      n_challenger: 3571,
      p_value: 0.69,
      text: '50.2 / 49.8',
    },
    progress: { n_exposed: 7175, n_planned: 21_000, days_left: 23, power: 0.41, minimum_effect: 0.015 },
    series: series('abt_3', 0.014, 600, 12, Date.UTC(2013, 11, 20)),
  }),
  test({
    id: 'abt_2',
    name: 'v6-against-v3',
    champion: 'v3',
    challenger: 'v6',
    state: 'stopped',
    started_at: '2013-11-27T05:00:00Z',
    ended_at: '2013-12-02T05:00:00Z',
    sentence: 'No verdict: 56.9% of users saw v3 where half were planned.',
    decision: 'blocked_by_sample_ratio',
    decision_text: 'The sample ratio fails; slow answers of v6 were lost before they were logged.',
    decided_at: '2013-12-02T05:00:00Z',
    sample_ratio: {
      ok: false,
      expected_share: 0.5,
      n_champion: 1710,
      n_challenger: 1294,
      p_value: 0.00001,
      text: '56.9 / 43.1 where 50 / 50 was planned: exposures of one side are missing.',
    },
    progress: { n_exposed: 3004, n_planned: 21_000, days_left: null, power: 0.2, minimum_effect: 0.015 },
    series: series('abt_2', 0.004, 600, 5, Date.UTC(2013, 10, 27)),
  }),
  test({ id: 'abt_1', name: 'v3-against-v1' }),
];

let stopped: string[] = [];
export function resetTests(): void {
  stopped = [];
}
export function stopTest(id: string): void {
  stopped.push(id);
}
const now = (t: AbTest): AbTest =>
  stopped.includes(t.id) ? { ...t, state: 'stopped', ended_at: t.started_at } : t;

export function abTests(model: string | null): { items: AbTestSummary[] } {
  return { items: tests.map(now).filter((t) => !model || t.model === model) };
}
export const abTest = (id: string) => tests.map(now).find((t) => t.id === id);

export function plan(query: URLSearchParams): AbPlan {
  const read = (name: string) => Number(query.get(name));
  const p = read('baseline') + read('effect') / 2;
  const n = Math.ceil((2 * 2 * p * (1 - p) * 7.85) / read('effect') ** 2);
  return {
    n_fixed: n,
    n_sequential_median: Math.round(n * 0.72),
    n_sequential_max: Math.round(n * 1.6),
    days_fixed: n / read('daily'),
    days_sequential: (n * 0.72) / read('daily'),
  };
}
