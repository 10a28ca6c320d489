import type { AbTest } from '../../api/loop_shapes';
import type { Series } from '../../api/shapes';

/** Intervals of the first looks are wide beyond use; the chart begins where they are this much wider. */
const widest = 8;

/** The looks of a test as a series: each lasts until the next one. */
export function effectSeries(t: Pick<AbTest, 'series' | 'primary'>): Series {
  const last = t.series.findLast((p) => p.low !== null && p.high !== null);
  const final = last ? (last.high ?? 0) - (last.low ?? 0) : 0;
  const begin = t.series.findIndex(
    (p) => p.low !== null && p.high !== null && p.high - p.low <= final * widest,
  );
  const shown = begin < 0 ? [] : t.series.slice(begin);
  return {
    name: t.primary?.name ?? 'effect',
    metric: t.primary?.name ?? 'effect',
    unit: t.primary?.unit ?? null,
    good_direction: t.primary?.good_direction ?? null,
    reference_value: 0,
    floor: null,
    points: shown.map((p, i) => {
      const next = shown[i + 1]?.at;
      const before = shown[i - 1]?.at;
      const step = before ? Date.parse(p.at) - Date.parse(before) : 86_400_000;
      return {
        window_start: p.at,
        window_end: next ?? new Date(Date.parse(p.at) + step).toISOString(),
        v: p.effect,
        lo: p.low,
        hi: p.high,
        n: p.n,
        kind: 'measured',
        gap: p.effect === null ? 'few_rows' : null,
        maturity: null,
      };
    }),
  };
}
