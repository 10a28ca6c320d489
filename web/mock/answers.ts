import type {
  Annotation,
  CellState,
  Decision,
  DriftBy,
  DriftDetail,
  DriftMap,
  Fleet,
  FleetModel,
  ModelDetail,
  ModelList,
  Overview,
  Performance,
  PerformanceMetric,
  Range,
  Sentence,
  Series,
  SeriesPoint,
  Severity,
  SignalSet,
} from '../src/api/shapes';
import { currentIncidents, changes } from './incidents';
import { normal, random, round } from './random';
import { aucOf, type ColumnStory, type Day, effects, type ModelStory, stories } from './story';

export type Asked = URLSearchParams;

export const text = (plain: string): Sentence => ({ plain, parts: [{ text: plain }] });

export function storyOf(name: string): ModelStory | undefined {
  return stories.find((m) => m.name === name);
}

function chosen(model: ModelStory, asked: Asked): { range: Range; days: Day[] } {
  const from = asked.get('from');
  const to = asked.get('to');
  const isDefault = !from && !to;
  const days = isDefault
    ? model.days.slice(-30)
    : model.days.filter(
        (d) =>
          (!from || Date.parse(d.start) >= Date.parse(from)) &&
          (!to || Date.parse(d.start) < Date.parse(to)),
      );
  const first = days[0] ?? model.days.at(-1)!;
  const last = days.at(-1) ?? model.days.at(-1)!;
  return {
    range: {
      from: isDefault ? first.start : (from ?? first.start),
      to: isDefault ? last.end : (to ?? last.end),
      time_zone: model.time_zone,
      is_default: isDefault,
      reason: isDefault ? 'data_is_old' : null,
    },
    days,
  };
}

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

export function annotations(model: ModelStory, days: Day[]): Annotation[] {
  if (model.name !== 'flights') return [];
  const all: Annotation[] = [
    { at: '2013-06-01T04:00:00Z', kind: 'incident', text: '#2 temp drifts', incident_id: 'inc_2' },
    { at: '2013-08-14T04:00:00Z', kind: 'incident', text: '#5 slow answers', incident_id: 'inc_5' },
    { at: '2013-09-01T04:00:00Z', kind: 'deploy', text: 'v2 in shadow', incident_id: null },
    { at: '2013-09-09T04:00:00Z', kind: 'incident', text: '#6 AUC fell', incident_id: 'inc_6' },
    { at: '2013-12-09T05:00:00Z', kind: 'incident', text: '#9 inputs drift', incident_id: 'inc_9' },
  ];
  const lo = days[0]?.start ?? '';
  const hi = days.at(-1)?.end ?? '';
  return all.filter((a) => a.at >= lo && a.at < hi);
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
          if (decision === 'not_enough_data')
            return { v: null, raw: null, decision, severity: null };
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

function driftSentence(
  model: ModelStory,
  drifted: DriftMap['columns'],
  n: number,
): Sentence {
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

function point(day: Day, v: number | null, half: number, maturity: number | null): SeriesPoint {
  return {
    window_start: day.start,
    window_end: day.end,
    v,
    lo: v === null ? null : round(v - half),
    hi: v === null ? null : round(v + half),
    n: day.n_rows,
    kind: 'measured',
    gap: v === null ? 'no_data' : null,
    maturity,
  };
}

function maturityOf(model: ModelStory, day: Day): number {
  const age = model.days.length - 1 - day.idx;
  return age === 0 ? 0.71 : age === 1 ? 0.955 : round(0.976 + 0.004 * Math.sin(day.idx), 3);
}

function aucSeries(model: ModelStory, days: Day[], version = model.versions[0]!): Series {
  const values = aucOf(model, version);
  return {
    name: 'performance.roc_auc',
    metric: 'roc_auc',
    unit: null,
    good_direction: 'up',
    reference_value: model.auc_reference,
    floor: model.auc_floor,
    points: days.map((d) => point(d, values[d.idx] ?? null, 0.042, maturityOf(model, d))),
  };
}

function meanOf(series: Series, n: number, name: string): Series {
  return {
    ...series,
    name,
    points: series.points.map((p, i) => {
      const known = series.points
        .slice(Math.max(0, i - n + 1), i + 1)
        .flatMap((q) => (q.v === null ? [] : [q.v]));
      const v = known.length < Math.min(n, 5) ? null : round(known.reduce((a, b) => a + b, 0) / known.length);
      return { ...p, v, lo: null, hi: null, gap: v === null ? ('few_rows' as const) : null };
    }),
  };
}

export function overview(model: ModelStory, asked: Asked): Overview {
  const { range, days } = chosen(model, asked);
  const perf = aucSeries(model, days);
  const slow = meanOf(aucSeries(model, model.days), 7, 'slow');
  const map = driftMap(model, asked);
  const cells = (f: (d: Day, i: number) => { state: CellState; value: number | null; text: string }) =>
    days.map((d, i) => ({ window_start: d.start, ...f(d, i) }));
  const isFault = (d: Day) => model.name === 'flights' && d.month === 8 && d.date === 14;
  return {
    range,
    sentence: overviewSentence(model, map),
    facts: {
      version: model.versions[0]!,
      n_predictions: days.reduce((a, d) => a + d.n_rows, 0),
      n_labels: Math.round(days.reduce((a, d) => a + d.n_rows * maturityOf(model, d), 0)),
      label_maturity: 0.968,
      last_result_at: new Date(Date.now() - 42_000).toISOString(),
      inputs_checked: { done: model.columns.length - 2, total: model.columns.length - 2 },
    },
    lanes: [
      {
        name: 'performance',
        cells: cells((d) => {
          const v = slow.points[d.idx]?.v ?? null;
          const below = v !== null && v < model.auc_floor - 0.015;
          return { state: v === null ? 'no_data' : below ? 'critical' : v < model.auc_floor ? 'warning' : 'ok', value: v, text: `ROC AUC ${v?.toFixed(3) ?? '–'}, mean of 7 days` };
        }),
      },
      {
        name: 'drift',
        cells: cells((_, i) => {
          const w = map.windows[i]!;
          const state: CellState = w.decision === 'not_enough_data' ? 'no_data' : w.n_drifted > 3 ? 'critical' : w.n_drifted > 0 ? 'warning' : 'ok';
          return { state, value: w.n_drifted, text: `${w.n_drifted} of ${model.columns.length} columns drifted` };
        }),
      },
      { name: 'data_quality', cells: cells((d) => ({ state: d.month === 12 && d.date === 14 && model.name === 'flights' ? 'warning' : 'ok', value: 0.996, text: '99.6% of rows valid' })) },
      { name: 'service', cells: cells((d) => ({ state: isFault(d) ? 'critical' : 'ok', value: isFault(d) ? 110 : 38, text: `p95 ${isFault(d) ? 110 : 38} ms` })) },
      { name: 'volume', cells: cells((d) => ({ state: d.month === 12 && d.date === 25 && model.name === 'flights' ? 'no_data' : 'ok', value: d.n_rows, text: `${d.n_rows} predictions` })) },
    ],
    incidents: currentIncidents().filter((i) => i.model === model.name && i.opened_at < range.to && (i.resolved_at === null || i.resolved_at > range.from)),
    performance: perf,
    annotations: annotations(model, days),
    top_columns: map.columns
      .map((c) => ({
        column: c.name,
        effect: c.effect_last,
        effect_name: c.effect_name,
        drifting_since: c.drifting_since,
        share_of_windows_drifted: round(c.cells.filter((x) => x.decision === 'drift').length / Math.max(1, c.cells.length), 3),
      }))
      .toSorted((a, b) => b.share_of_windows_drifted - a.share_of_windows_drifted)
      .slice(0, 6),
  };
}

function overviewSentence(model: ModelStory, map: DriftMap): Sentence {
  if (model.name !== 'flights') return text('Performance holds: ROC AUC 0.842, reference 0.845. No input drifts.');
  const parts: Sentence['parts'] = [
    { text: 'ROC AUC 0.686, under the 0.700 floor.', strong: true },
    { text: ' ' },
    ...map.sentence.parts,
  ];
  return { plain: parts.map((p) => p.text).join(''), parts };
}

export function performance(model: ModelStory, asked: Asked): Performance {
  const { range, days } = chosen(model, asked);
  const metric = (asked.get('metric') ?? 'roc_auc') as PerformanceMetric;
  const version = asked.get('version') ?? model.versions[0]!;
  const knownAt = asked.get('known_at');
  const shift: Record<string, number> = { roc_auc: 0, f1: -0.3, accuracy: 0.08, precision: -0.1, recall: -0.4, brier: -0.53, log_loss: -0.2 };
  const lossy = metric === 'brier' || metric === 'log_loss';
  const adapt = (s: Series): Series => ({
    ...s,
    metric,
    name: `performance.${metric}`,
    good_direction: lossy ? 'down' : 'up',
    reference_value: round((s.reference_value ?? 0) + (shift[metric] ?? 0)),
    floor: metric === 'roc_auc' ? s.floor : null,
    points: s.points.map((p) => {
      const late = knownAt !== null && p.window_end > knownAt;
      const v = p.v === null || late ? null : round(p.v + (shift[metric] ?? 0));
      return { ...p, v, lo: v === null ? null : round(v - 0.042), hi: v === null ? null : round(v + 0.042), gap: v === null ? (late ? ('labels_pending' as const) : p.gap) : null };
    }),
  });
  const series = adapt(aucSeries(model, days, version));
  const whole = adapt(aucSeries(model, model.days, version));
  const cut = (s: Series): Series => ({ ...s, points: s.points.filter((p) => days.some((d) => d.start === p.window_start)) });
  const fast = cut(meanOf(whole, 7, 'mean of 7 windows'));
  const slow = cut(meanOf(whole, 14, 'mean of 14 windows'));
  const monthsOf = [4, 5, 6, 7, 8, 9, 10, 11, 12].filter((m) => model.days.some((d) => d.month === m));
  return {
    range,
    sentence: {
      plain: '',
      parts: [
        { text: `ROC AUC ${model.name === 'flights' ? '0.686' : '0.842'} over the last 14 days, reference ${model.auc_reference}.`, strong: true },
        { text: model.name === 'flights' ? ' The floor is 0.700. 96.8% of labels have arrived.' : ' It is above its floor.' },
      ],
    },
    metric,
    metrics: ['roc_auc', 'f1', 'accuracy', 'precision', 'recall', 'brier', 'log_loss'],
    version,
    versions: model.versions,
    series,
    compare: model.versions.filter((v) => v !== version).map((v) => ({ version: v, series: adapt(aucSeries(model, days, v)) })),
    fast,
    slow,
    judgement: slow.points.flatMap((p) => [7, 14].map((w) => {
      const low = p.v !== null && model.name === 'flights' && p.v < 0.672;
      return { window_start: p.window_start, w, z: low ? -3.4 : -1.1, p_value: low ? 0.0007 : 0.27, decision: low ? ('breach' as const) : ('ok' as const) };
    })),
    reference: { value: series.reference_value, sd: 0.024, n_windows: 31, n_windows_effective: 21 },
    months: monthsOf.map((m) => {
      const inside = model.days.filter((d) => d.month === m);
      const n = inside.reduce((a, d) => a + d.n_rows, 0);
      const auc = model.auc[m - 4] ?? 0.7;
      return {
        start: inside[0]!.start,
        end: inside.at(-1)!.end,
        n,
        n_labelled: Math.round(n * 0.977),
        maturity: m === 12 ? 0.968 : 0.978,
        values: { roc_auc: auc, f1: round(auc - 0.3), accuracy: round(0.72 + (m % 4) * 0.03), precision: round(auc - 0.15), recall: round(auc - 0.4), brier: round(0.9 - auc), log_loss: round(1.2 - auc) },
      };
    }),
    maturity: days.map((d) => ({ window_start: d.start, share_labelled: maturityOf(model, d), usual_share_at_age: 0.977 })),
    confusion: { tp: 1620, fp: 1340, fn: 4110, tn: 11_288 },
    known_at: knownAt,
    labels_through: model.days.at(-1)!.end,
  };
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
    reason: decision === 'not_enough_data' ? '38 rows; an effect of the size of the floor would be seen in 9% of cases' : '',
    p_value_row: ratio > 0.4 ? 1e-12 : 0.02,
    p_value_window: ratio >= 1 ? 0.0002 : round(0.3 / (ratio + 0.3), 3),
    p_value_adjusted: ratio >= 1 ? 0.0004 : round(0.4 / (ratio + 0.5), 3),
    inflation: round(1.2 + ratio * 8, 3),
    n_windows_effective: 21,
    effect: { name: effectName(column), value: round(ratio * floor, 3), floor },
    null_share: { reference: name === 'pressure' ? 0.112 : 0.001, current: name === 'pressure' ? 0.131 : 0.001 },
    unseen_share: column.semantic === 'categorical' ? round(0.004 * ratio, 2) : null,
    results: [
      column.semantic === 'numeric'
        ? { method: 'ks', variant: 'binned', statistic: round(0.08 * ratio + 0.02, 3), p_value: ratio > 0.4 ? 1e-12 : 0.02, threshold: null, noise_floor: 0.038, reason: null }
        : { method: 'chi2', variant: 'counts', statistic: round(42 * ratio + 9, 4), p_value: ratio > 0.4 ? 2e-7 : 0.04, threshold: null, noise_floor: null, reason: null },
      { method: 'psi', variant: 'reference bins', statistic: round(0.2 * ratio ** 1.5, 3), p_value: null, threshold: 0.2, noise_floor: 0.014, reason: null },
      { method: 'wasserstein', variant: 'over IQR', statistic: column.semantic === 'numeric' ? round(0.1 * ratio, 3) : null, p_value: null, threshold: 0.1, noise_floor: 0.03, reason: column.semantic === 'numeric' ? null : 'not defined for categories' },
      { method: 'jensen_shannon', variant: 'base 2', statistic: round(0.1 * ratio ** 0.8, 3), p_value: null, threshold: 0.1, noise_floor: 0.042, reason: null },
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
      return { category, reference: round(reference, 3), current: round(Math.max(0.001, reference * (1 + sign * 0.22 * ratio)), 3), is_unseen: false, is_other: false };
    });
    return {
      kind: 'categorical',
      bars: [
        ...bars,
        { category: 'Other seen', reference: 0.03, current: 0.028, is_unseen: false, is_other: true },
        { category: 'Unseen', reference: 0, current: round(0.004 * ratio, 2), is_unseen: true, is_other: false },
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
    return { from: round(lo + i * step), to: round(lo + (i + 1) * step), reference: density(x, centre, spread), current: density(x, mean, spread * 0.92) };
  });
  const total = (k: 'reference' | 'current') => raw.reduce((a, b) => a + b[k], 0);
  const [tr, tc] = [total('reference'), total('current')];
  const q = (m: number, s: number) => ({ p5: round(m - 1.64 * s), p25: round(m - 0.67 * s), p50: round(m), p75: round(m + 0.67 * s), p95: round(m + 1.64 * s) });
  return {
    kind: 'numeric',
    bins: raw.map((b) => ({ ...b, reference: round(b.reference / tr), current: round(b.current / tc) })),
    quantiles: { reference: q(centre, spread), current: q(mean, spread * 0.92) },
    mean: { reference: round(centre), current: round(mean) },
  };
}

function fleetModel(model: ModelStory): FleetModel {
  const days = model.days.slice(-30);
  const map = driftMap(model, new URLSearchParams());
  const auc = meanOf(aucSeries(model, model.days), 14, '').points.at(-1)!.v!;
  const drifted = map.columns.filter((c) => c.decision_last === 'drift').length;
  return {
    model: model.name,
    display_name: model.display_name,
    version: model.versions[0]!,
    owner: model.owner,
    tags: model.tags,
    status: model.name === 'flights' ? 'critical' : 'ok',
    health: days.map((d, i) => {
      const n = map.windows[i]!.n_drifted;
      const critical = model.name === 'flights' && d.date > 18 && d.month === 12;
      return { window_start: d.start, state: map.windows[i]!.decision === 'not_enough_data' ? 'no_data' : critical ? 'critical' : n > 1 ? 'warning' : 'ok' };
    }),
    performance: { metric: 'roc_auc', value: auc, lo: round(auc - 0.012), hi: round(auc + 0.012), floor: model.auc_floor, kind: 'measured', change_from_reference: round(auc - model.auc_reference, 3), maturity: 0.968 },
    drift: { n_drifted: drifted, n_columns: model.columns.length },
    rows_valid_share: model.name === 'flights' ? 0.996 : 1,
    volume: model.days.slice(-48).map((d) => d.n_rows),
    n_predictions_last_window: days.at(-1)!.n_rows,
    latency_ms_p95: model.name === 'flights' ? 38 : null,
    data_through: model.days.at(-1)!.end,
    clock: model.clock,
    n_open_incidents: currentIncidents().filter((i) => i.model === model.name && i.state !== 'resolved').length,
  };
}

const quiet = (model: string, status: FleetModel['status'], display_name: string, owner: string, seed: string): FleetModel => {
  const next = random(seed);
  const has = status !== 'no_data' && status !== 'collecting';
  return {
    model,
    display_name,
    version: 'v3',
    owner,
    tags: [],
    status,
    health: Array.from({ length: 30 }, (_, i) => ({
      window_start: new Date(Date.UTC(2013, 11, 2 + i)).toISOString(),
      state: status === 'collecting' ? 'no_data' : status === 'no_data' && i > 27 ? 'no_data' : status === 'warning' && i > 26 ? 'warning' : 'ok',
    })),
    performance: has ? { metric: 'roc_auc', value: round(0.78 + next() * 0.1, 3), lo: 0.79, hi: 0.86, floor: 0.76, kind: 'estimated', change_from_reference: 0.004, maturity: null } : null,
    drift: { n_drifted: status === 'warning' ? 1 : 0, n_columns: status === 'collecting' ? 0 : 24 },
    rows_valid_share: has ? (status === 'warning' ? 0.969 : 0.999) : null,
    volume: status === 'collecting' ? [] : Array.from({ length: 48 }, (_, i) => Math.max(0, Math.round(9000 + 2500 * Math.sin(i / 3.6) + 300 * normal(next)))),
    n_predictions_last_window: has ? 9120 : 0,
    latency_ms_p95: has ? 71 : null,
    data_through: status === 'collecting' ? null : '2013-12-31T23:00:00Z',
    clock: 'event',
    n_open_incidents: status === 'warning' ? 1 : 0,
  };
};

const extras = () => [
  quiet('churn_propensity', 'warning', 'Churn propensity', 'Growth', 'churn'),
  quiet('line_inspection', 'no_data', 'Line inspection', 'Plant Lyon', 'line'),
  quiet('bank_marketing', 'ok', 'Bank marketing', 'Growth', 'bank'),
  quiet('rental_demand', 'collecting', 'Rental demand', 'Pricing', 'rental'),
];

export function fleet(): Fleet {
  const rows = [fleetModel(stories[0]!), ...extras().slice(0, 2), fleetModel(stories[1]!), ...extras().slice(2)];
  const open = currentIncidents().filter((i) => i.state !== 'resolved');
  return {
    sentence: {
      plain: 'Flight delays is below its floor. Two more models need a look.',
      parts: [{ text: 'Flight delays is below its floor.', strong: true }, { text: ' Two more models need a look.' }],
    },
    generated_at: new Date().toISOString(),
    facts: { n_models: rows.length, n_healthy: rows.filter((m) => m.status === 'ok').length, n_predictions_24h: 19_870, n_open_incidents: open.length, checks_on_time: { done: 1204, due: 1207 } },
    attention: open,
    changes: changes(),
    models: rows,
  };
}

export function models(): ModelList {
  return {
    items: stories.map((m) => ({ model: m.name, display_name: m.display_name, task: 'binary_classification', versions: m.versions, clock: m.clock, time_zone: m.time_zone, data_from: m.days[0]!.start, data_through: m.days.at(-1)!.end })),
    next: null,
  };
}

export function modelDetail(model: ModelStory): ModelDetail {
  return {
    name: model.name,
    display_name: model.display_name,
    description: null,
    owner: model.owner,
    task: 'binary_classification',
    time_zone: model.time_zone,
    clock: model.clock,
    tags: model.tags,
    granularity: 'day',
    label_delay_seconds: 86_400,
    allowed_lateness_seconds: 3600,
    segments: [],
    document_version: 1,
    versions: model.versions.map((version, i) => ({ version, role: i === 0 ? 'live' : 'shadow', first_seen: model.days[i === 0 ? 0 : 153]!.start, last_seen: model.days.at(-1)!.end, n_predictions: i === 0 ? 175_404 : 75_220 })),
    references: [{ name: 'march_2013', n_rows: 20_152, from: '2013-03-01T05:00:00Z', to: '2013-04-01T04:00:00Z', grid_version: 1, is_default: true }],
    monitors: [
      { name: 'data_drift', kind: 'drift', window: 'day' },
      { name: 'performance', kind: 'performance', window: 'day' },
      { name: 'service', kind: 'service', window: 'hour' },
    ],
    data_from: model.days[0]!.start,
    data_through: model.days.at(-1)!.end,
    columns: model.columns.map((c) => ({ name: c.name, role: c.role, semantic: c.semantic, importance: c.importance })),
  };
}

export function signals(model: ModelStory, asked: Asked): SignalSet {
  const { days } = chosen(model, asked);
  const name = asked.get('name') ?? '';
  const next = random(`${model.name}/${name}`);
  const value = (d: Day): number => {
    if (name.includes('volume')) return d.n_rows;
    if (name.includes('latency')) return round(37 + normal(next) + (d.month === 8 && d.date === 14 ? 80 : 0));
    return round(Math.abs(0.004 + 0.001 * normal(next)));
  };
  return { items: [{ name, labels: {}, points: days.map((d) => ({ start: d.start, end: d.end, value: value(d), n: d.n_rows, kind: 'measured' })) }] };
}
