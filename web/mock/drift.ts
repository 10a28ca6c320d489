import type { Decision, DriftBy, DriftDetail, DriftMap, Sentence, Severity } from '../src/api/shapes';
import { point } from './performance';
import { random, round } from './random';
import { type ColumnStory, type Day, effects, type ModelStory } from './story';
import { annotations, type Asked, chosen, text } from './windows';

function decide(model: ModelStory, column: ColumnStory, day: Day): Decision {
  if (model.name === 'flights' && day.month === 12 && day.date === 25) return 'not_enough_data';
  return (effects(model, column)[day.idx] ?? 0) >= 1 ? 'drift' : 'ok';
}

function severityOf(column: ColumnStory, ratio: number): Severity {
  if (ratio >= 3 && (column.importance ?? 1) > 0.04) return 'high';
  return ratio >= 1.8 ? 'medium' : 'low';
}

const floorOf = (c: ColumnStory) => (c.semantic === 'numeric' ? 0.1 : 0.05);
const effectName = (c: ColumnStory) =>
  c.semantic === 'numeric' ? 'Wasserstein over IQR' : 'largest share change';

function metricRatio(by: DriftBy, ratio: number): { v: number; raw: number } {
  const thresholds = { decision: 0.1, psi: 0.2, wasserstein: 0.1, jensen_shannon: 0.1, ks: 0.1 };
  const v = by === 'psi' ? ratio ** 1.5 : by === 'ks' ? ratio ** 0.9 : ratio;
  return { v: round(v, 3), raw: round(v * thresholds[by], 3) };
}

function since(model: ModelStory, column: ColumnStory, days: Day[]): string | null {
  let start: string | null = null;
  for (let i = days.length - 1; i >= 0; i--) {
    const day = days[i]!;
    const decision = decide(model, column, day);
    if (decision === 'drift') start = day.start;
    else if (decision === 'ok') break;
  }
  return start;
}

export function driftMap(model: ModelStory, asked: Asked): DriftMap {
  const { range, days } = chosen(model, asked);
  const by = (asked.get('by') ?? 'decision') as DriftBy;
  const last = days.at(-1);
  const columns = model.columns
    .map((c): DriftMap['columns'][number] => {
      const values = effects(model, c);
      const lastRatio = last ? (values[last.idx] ?? 0) : 0;
      const drifting = since(model, c, days);
      return {
        name: c.name,
        semantic: c.semantic,
        role: c.role,
        importance: c.importance,
        decision_last: last ? decide(model, c, last) : null,
        severity_last: lastRatio >= 1 ? severityOf(c, lastRatio) : null,
        effect_last: round(lastRatio * floorOf(c), 3),
        effect_name: effectName(c),
        effect_floor: floorOf(c),
        p_value_adjusted_last: lastRatio >= 1 ? 0.0004 : round(0.05 + 0.4 / (lastRatio + 0.5), 3),
        drifting_since: drifting,
        inflation: round(1.2 + lastRatio * 8, 3),
        n_windows_effective: 21,
        cells: days.map((d) => {
          const ratio = values[d.idx] ?? 0;
          const decision = decide(model, c, d);
          if (decision === 'not_enough_data') return { v: null, raw: null, decision, severity: null };
          return {
            ...metricRatio(by, ratio),
            decision,
            severity: decision === 'drift' ? severityOf(c, ratio) : null,
          };
        }),
      };
    })
    .toSorted((a, b) => score(b) - score(a));
  const windows = days.map((d) => {
    const decisions = model.columns.map((c) => decide(model, c, d));
    const n = decisions.filter((x) => x === 'drift').length;
    const decision: Decision = n > 0 ? 'drift' : (decisions[0] ?? 'ok');
    return {
      start: d.start,
      end: d.end,
      n_rows: d.month === 12 && d.date === 25 ? 38 : d.n_rows,
      decision: decision === 'not_enough_data' ? decision : n > 0 ? 'drift' : 'ok',
      n_drifted: n,
      is_final: d.idx < model.days.length - 1,
      revision: 1,
    } as const;
  });
  const drifted = columns.filter((c) => c.decision_last === 'drift');
  return {
    range,
    sentence: driftSentence(model, drifted, columns.length),
    monitor: 'data_drift',
    reference: {
      name: 'march_2013',
      n_rows: 20_152,
      from: '2013-03-01T05:00:00Z',
      to: '2013-04-01T04:00:00Z',
    },
    window: 'day',
    by,
    assumes_independent_rows: false,
    alpha: 0.05,
    correction: 'benjamini_hochberg',
    windows: [...windows],
    columns,
    added: [],
    removed: [],
    skipped: [
      { name: 'prediction_id', reason: 'an identifier' },
      { name: 'origin', reason: 'a segment' },
    ],
    annotations: annotations(model, days),
  };
}

function score(c: DriftMap['columns'][number]): number {
  const ratio = (c.effect_last ?? 0) / (c.effect_floor ?? 1);
  return (c.decision_last === 'drift' ? 100 : 0) + ratio * (0.2 + (c.importance ?? 0.5));
}

function driftSentence(model: ModelStory, drifted: DriftMap['columns'], n: number): Sentence {
  const top = drifted.toSorted((a, b) => (b.effect_last ?? 0) - (a.effect_last ?? 0))[0];
  if (!top) return text(`None of ${n} columns drifted in the last window.`);
  const parts: Sentence['parts'] = [
    { text: `${drifted.length} of ${n} columns drifted.`, strong: true },
    { text: ' ' },
    { ref: { kind: 'column', id: top.name, model: model.name }, text: top.name },
    { text: ` moved most: ${top.effect_name} ${top.effect_last}, floor ${top.effect_floor}.` },
  ];
  return { plain: parts.map((p) => p.text).join(''), parts };
}

export function driftDetail(model: ModelStory, name: string, asked: Asked): DriftDetail | null {
  const column = model.columns.find((c) => c.name === name);
  const at = asked.get('at');
  const day = model.days.find((d) => d.start === at) ?? model.days.at(-1)!;
  if (!column) return null;
  const values = effects(model, column);
  const ratio = values[day.idx] ?? 0;
  const decision = decide(model, column, day);
  const floor = floorOf(column);
  return {
    column: name,
    semantic: column.semantic,
    window: { start: day.start, end: day.end, n_rows: day.n_rows },
    reference: { name: 'march_2013', n_rows: 20_152 },
    decision,
    severity: decision === 'drift' ? severityOf(column, ratio) : null,
    reason:
      decision === 'not_enough_data'
        ? '38 rows; an effect of the size of the floor would be seen in 9% of cases'
        : '',
    p_value_row: ratio > 0.4 ? 1e-12 : 0.02,
    p_value_window: ratio >= 1 ? 0.0002 : round(0.3 / (ratio + 0.3), 3),
    p_value_adjusted: ratio >= 1 ? 0.0004 : round(0.4 / (ratio + 0.5), 3),
    inflation: round(1.2 + ratio * 8, 3),
    n_windows_effective: 21,
    effect: { name: effectName(column), value: round(ratio * floor, 3), floor },
    null_share: {
      reference: name === 'pressure' ? 0.112 : 0.001,
      current: name === 'pressure' ? 0.131 : 0.001,
    },
    unseen_share: column.semantic === 'categorical' ? round(0.004 * ratio, 2) : null,
    results: [
      column.semantic === 'numeric'
        ? {
            method: 'ks',
            variant: 'binned',
            statistic: round(0.08 * ratio + 0.02, 3),
            p_value: ratio > 0.4 ? 1e-12 : 0.02,
            threshold: null,
            noise_floor: 0.038,
            reason: null,
          }
        : {
            method: 'chi2',
            variant: 'counts',
            statistic: round(42 * ratio + 9, 4),
            p_value: ratio > 0.4 ? 2e-7 : 0.04,
            threshold: null,
            noise_floor: null,
            reason: null,
          },
      {
        method: 'psi',
        variant: 'reference bins',
        statistic: round(0.2 * ratio ** 1.5, 3),
        p_value: null,
        threshold: 0.2,
        noise_floor: 0.014,
        reason: null,
      },
      {
        method: 'wasserstein',
        variant: 'over IQR',
        statistic: column.semantic === 'numeric' ? round(0.1 * ratio, 3) : null,
        p_value: null,
        threshold: 0.1,
        noise_floor: 0.03,
        reason: column.semantic === 'numeric' ? null : 'not defined for categories',
      },
      {
        method: 'jensen_shannon',
        variant: 'base 2',
        statistic: round(0.1 * ratio ** 0.8, 3),
        p_value: null,
        threshold: 0.1,
        noise_floor: 0.042,
        reason: null,
      },
    ],
    distribution: distribution(column, ratio),
    history: {
      name: `drift.effect.${name}`,
      metric: effectName(column),
      unit: null,
      good_direction: 'down',
      reference_value: null,
      floor,
      points: model.days.slice(Math.max(0, day.idx - 44), day.idx + 16).map((d) => ({
        ...point(d, round((values[d.idx] ?? 0) * floor, 3), 0, null),
        lo: null,
        hi: null,
      })),
    },
    previous_window_start: model.days[day.idx - 1]?.start ?? null,
    next_window_start: model.days[day.idx + 1]?.start ?? null,
  };
}

function distribution(column: ColumnStory, ratio: number): DriftDetail['distribution'] {
  if (column.semantic === 'categorical') {
    const next = random(`bars/${column.name}`);
    const weights = column.categories.map((_, i) => 1 / (i + 1.6) + next() * 0.1);
    const sum = weights.reduce((a, b) => a + b, 0);
    const bars = column.categories.map((category, i) => {
      const reference = weights[i]! / sum;
      const sign = i % 2 === 0 ? -1 : 1;
      return {
        category,
        reference: round(reference, 3),
        current: round(Math.max(0.001, reference * (1 + sign * 0.22 * ratio)), 3),
        is_unseen: false,
        is_other: false,
      };
    });
    return {
      kind: 'categorical',
      bars: [
        ...bars,
        { category: 'Other seen', reference: 0.03, current: 0.028, is_unseen: false, is_other: true },
        {
          category: 'Unseen',
          reference: 0,
          current: round(0.004 * ratio, 2),
          is_unseen: true,
          is_other: false,
        },
      ],
    };
  }
  const { centre, spread } = column;
  const lo = centre - 3 * spread;
  const step = (6 * spread) / 30;
  const density = (x: number, mean: number, sd: number) => Math.exp(-((x - mean) ** 2) / (2 * sd * sd));
  const mean = centre + spread * 0.45 * ratio;
  const raw = Array.from({ length: 30 }, (_, i) => {
    const x = lo + (i + 0.5) * step;
    return {
      from: round(lo + i * step),
      to: round(lo + (i + 1) * step),
      reference: density(x, centre, spread),
      current: density(x, mean, spread * 0.92),
    };
  });
  const total = (k: 'reference' | 'current') => raw.reduce((a, b) => a + b[k], 0);
  const [tr, tc] = [total('reference'), total('current')];
  const q = (m: number, s: number) => ({
    p5: round(m - 1.64 * s),
    p25: round(m - 0.67 * s),
    p50: round(m),
    p75: round(m + 0.67 * s),
    p95: round(m + 1.64 * s),
  });
  return {
    kind: 'numeric',
    bins: raw.map((b) => ({ ...b, reference: round(b.reference / tr), current: round(b.current / tc) })),
    quantiles: { reference: q(centre, spread), current: q(mean, spread * 0.92) },
    mean: { reference: round(centre), current: round(mean) },
  };
}
