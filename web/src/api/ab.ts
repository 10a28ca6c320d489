// A/B tests as the server tells them, made into what the pages draw.
import { changeIn } from '../lib/measure';
import { metricName, plural, sentence } from '../lib/format';
import type { AbTest, AbTestSummary, Measure } from './loop_shapes';
import type { components } from './schema';

type Shapes = components['schemas'];

type Sides<T> = { champion: T; challenger: T };
export type WireComparison = Shapes['AbComparison'];
export type WireLook = Shapes['AbLook'];
export type WireTest = Shapes['AbTest'];
/** A test in the list of all, with its newest look. */
export type WireListed = Shapes['AbTestListed'];
export type WirePage = Shapes['AbTestPage'];

/** The unit in which a metric is written; quality metrics have none. */
export function unitOf(metric: string): string {
  if (metric.startsWith('latency')) return 'ms';
  return /^(accuracy|errors|label_mean)$/.test(metric) ? 'share' : '';
}

function verdictOf({ sign, low, high, scale }: WireComparison): Measure['verdict'] {
  if (low === null || high === null) return 'undecided';
  const [worst, best] = sign > 0 ? [low, high] : [-high, -low];
  if (worst > 0) return 'better';
  if (best < 0) return 'worse';
  return scale !== null && worst > -scale && best < scale ? 'equal' : 'undecided';
}

function measureOf(c: WireComparison, verdict: Measure['verdict'], change: Partial<Measure> = {}): Measure {
  return {
    name: c.metric,
    title: metricName(c.metric),
    unit: unitOf(c.metric),
    good_direction: c.sign > 0 ? 'up' : 'down',
    champion: c.values.champion,
    challenger: c.values.challenger,
    effect: c.difference,
    low: c.low,
    high: c.high,
    p_value: c.p_value,
    limit: null,
    verdict,
    text: '',
    ...change,
  };
}

function guardrailOf({ comparison: c, state }: WireLook['guardrails'][number]): Measure {
  const limit = c.scale === null ? null : -c.sign * c.scale;
  return measureOf(c, state === 'open' ? 'undecided' : state, {
    limit,
    text: limit === null ? '' : `may change by ${changeIn(unitOf(c.metric), limit)} at most`,
  });
}

const whole = (n: Sides<number>) => n.champion + n.challenger;

export function testOf(wire: WireTest, look: WireLook | null): AbTestSummary {
  const ratio = look?.sample_ratio ?? null;
  const isShadow = wire.challenger_share === null;
  const seen = ratio?.n_exposed ?? look?.n_units ?? { champion: 0, challenger: 0 };
  const told = wire.decision?.reason ?? look?.reason;
  // Whoever stopped it said why; what was known by then is told too.
  const known = wire.state === 'stopped' && wire.decision && look ? ` ${sentence(look.reason)}` : '';
  const state = wire.state === 'decided' || wire.state === 'expired' ? 'finished' : wire.state;
  return {
    id: wire.id,
    model: wire.model,
    name: wire.name,
    champion: wire.champion,
    challenger: wire.challenger,
    is_shadow: isShadow,
    state,
    began_at: wire.since,
    ended_at: wire.decision?.at ?? null,
    sentence: told
      ? `${sentence(told)}${known}`
      : `${wire.challenger} is compared with ${wire.champion}; nothing has been looked at yet.`,
    decision: wire.verdict,
    decision_text: told ? sentence(told) : 'The first look comes at the end of a window.',
    decided_at: wire.decision?.decided_at ?? null,
    n_exposed: isShadow ? (look?.primary.n_units.challenger ?? 0) : whole(seen),
    primary: look
      ? measureOf(look.primary, verdictOf(look.primary), {
          text: isShadow
            ? `${plural(look.primary.n_units.challenger, 'day')} behind it`
            : `${plural(whole(look.primary.n_units), 'unit')} behind it`,
        })
      : null,
    sample_ratio: ratio && {
      ok: ratio.holds,
      expected_share: ratio.promised,
      n_champion: seen.champion,
      n_challenger: seen.challenger,
      p_value: ratio.p_value,
    },
  };
}

export function pageOf(wire: WirePage): AbTest {
  const look = wire.looks.at(-1) ?? null;
  const test = testOf(wire, look);
  const plan = look?.share_of_plan ?? null;
  const declared = (wire.document as { segments?: unknown }).segments;
  const days = look ? (Date.parse(look.at) - Date.parse(wire.since)) / 86_400_000 : 0;
  return {
    ...test,
    has_segments: Array.isArray(declared) && declared.length > 0,
    guardrails: look?.guardrails.map(guardrailOf) ?? [],
    segments:
      look?.segments.map((s) => {
        const isBetter = (s.comparison.difference ?? 0) * s.comparison.sign > 0;
        return {
          ...measureOf(s.comparison, s.differs ? (isBetter ? 'better' : 'worse') : 'undecided'),
          segment: s.segment,
          n_champion: s.comparison.n_units.champion,
          n_challenger: s.comparison.n_units.challenger,
        };
      }) ?? [],
    progress: {
      share_of_plan: plan,
      days_left: plan !== null && plan > 0 ? Math.max(0, days / plan - days) : null,
      minimum_effect: look?.primary.scale ?? null,
    },
    series: wire.looks.map((l) => ({
      at: l.at,
      n: test.is_shadow ? l.primary.n_units.challenger : whole(l.n_units),
      effect: l.primary.difference,
      low: l.primary.low,
      high: l.primary.high,
    })),
  };
}
