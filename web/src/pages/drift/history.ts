import type { DriftColumn, DriftMap, Series } from '../../api/shapes';
import { metricName } from '../../lib/format';

/**
 * One column over the windows of the map. By decision the effect is divided by its floor, because
 * one column may be judged by its values in one window and by its missing share in the next.
 */
export function historyOf(data: DriftMap, column: DriftColumn): Series {
  const byDecision = data.by === 'decision';
  const scored = column.cells.find((c) => c.v !== null && c.v !== 0 && c.raw !== null);
  const threshold = scored && scored.v && scored.raw ? scored.raw / scored.v : null;
  return {
    name: column.name,
    metric: byDecision ? 'Effect over its floor' : metricName(data.by),
    unit: null,
    good_direction: 'down',
    reference_value: null,
    floor: byDecision ? 1 : threshold,
    points: data.windows.map((w, i) => {
      const cell = column.cells[i];
      const v = (byDecision ? cell?.v : cell?.raw) ?? null;
      return {
        window_start: w.start,
        window_end: w.end,
        v,
        lo: null,
        hi: null,
        n: w.n_rows,
        kind: 'measured',
        gap: v === null ? (cell?.decision === 'not_enough_data' ? 'few_rows' : 'no_data') : null,
        maturity: null,
      };
    }),
  };
}
