import type { Performance, PerformanceMetric, Series, SeriesPoint } from '../src/api/shapes';
import { round } from './random';
import { aucOf, type Day, type ModelStory } from './story';
import { type Asked, chosen } from './windows';

export function point(day: Day, v: number | null, half: number, maturity: number | null): SeriesPoint {
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

export function maturityOf(model: ModelStory, day: Day): number {
  const age = model.days.length - 1 - day.idx;
  return age === 0 ? 0.71 : age === 1 ? 0.955 : round(0.976 + 0.004 * Math.sin(day.idx), 3);
}

export function aucSeries(model: ModelStory, days: Day[], version = model.versions[0]!): Series {
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

export function meanOf(series: Series, n: number, name: string): Series {
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

export function performance(model: ModelStory, asked: Asked): Performance {
  const { range, days } = chosen(model, asked);
  const metric = (asked.get('metric') ?? 'roc_auc') as PerformanceMetric;
  const version = asked.get('version') ?? model.versions[0]!;
  const knownAt = asked.get('known_at');
  const shift: Record<string, number> = {
    roc_auc: 0,
    f1: -0.3,
    accuracy: 0.08,
    precision: -0.1,
    recall: -0.4,
    brier: -0.53,
    log_loss: -0.2,
  };
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
      return {
        ...p,
        v,
        lo: v === null ? null : round(v - 0.042),
        hi: v === null ? null : round(v + 0.042),
        gap: v === null ? (late ? ('labels_pending' as const) : p.gap) : null,
      };
    }),
  });
  const series = adapt(aucSeries(model, days, version));
  const whole = adapt(aucSeries(model, model.days, version));
  const cut = (s: Series): Series => ({
    ...s,
    points: s.points.filter((p) => days.some((d) => d.start === p.window_start)),
  });
  const fast = cut(meanOf(whole, 7, 'mean of 7 windows'));
  const slow = cut(meanOf(whole, 14, 'mean of 14 windows'));
  const monthsOf = [4, 5, 6, 7, 8, 9, 10, 11, 12].filter((m) => model.days.some((d) => d.month === m));
  return {
    range,
    sentence: {
      plain: '',
      parts: [
        {
          text: `ROC AUC ${model.name === 'flights' ? '0.686' : '0.842'} over the last 14 days, reference ${model.auc_reference}.`,
          strong: true,
        },
        {
          text:
            model.name === 'flights'
              ? ' The floor is 0.700. 96.8% of labels have arrived.'
              : ' It is above its floor.',
        },
      ],
    },
    metric,
    metrics: ['roc_auc', 'f1', 'accuracy', 'precision', 'recall', 'brier', 'log_loss'],
    version,
    versions: model.versions,
    series,
    compare: model.versions
      .filter((v) => v !== version)
      .map((v) => ({ version: v, series: adapt(aucSeries(model, days, v)) })),
    fast,
    slow,
    judgement: slow.points.flatMap((p) =>
      [7, 14].map((w) => {
        const low = p.v !== null && model.name === 'flights' && p.v < 0.672;
        return {
          window_start: p.window_start,
          w,
          z: low ? -3.4 : -1.1,
          p_value: low ? 0.0007 : 0.27,
          decision: low ? ('breach' as const) : ('ok' as const),
        };
      }),
    ),
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
        values: {
          roc_auc: auc,
          f1: round(auc - 0.3),
          accuracy: round(0.72 + (m % 4) * 0.03),
          precision: round(auc - 0.15),
          recall: round(auc - 0.4),
          brier: round(0.9 - auc),
          log_loss: round(1.2 - auc),
        },
      };
    }),
    maturity: days.map((d) => ({
      window_start: d.start,
      share_labelled: maturityOf(model, d),
      usual_share_at_age: 0.977,
    })),
    confusion: { tp: 1620, fp: 1340, fn: 4110, tn: 11_288 },
    known_at: knownAt,
    labels_through: model.days.at(-1)!.end,
  };
}
