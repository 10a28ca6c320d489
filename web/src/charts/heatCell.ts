import type { DriftBy, DriftCell, DriftColumn, DriftWindow } from '../api/shapes';
import { effect, metricName, plural } from '../lib/format';
import { windowName } from '../lib/time';

const decisionWords: Record<string, string> = {
  ok: 'no drift',
  drift: 'drift',
  breach: 'breach',
  not_enough_data: 'not enough data',
  failed: 'could not be checked',
};

export const decisionText = (decision: string | null) =>
  decision === null ? 'not checked' : (decisionWords[decision] ?? decision);

export function valueName(by: DriftBy, column: DriftColumn): string {
  return by === 'decision' ? metricName(column.effect_name) : metricName(by);
}

const times = (v: number | null) => (v === null ? '' : `, effect ${effect(v)}× its floor`);

/** One cell as a sentence: for the pointer, the screen reader and the live text alike. */
export function cellText(
  column: DriftColumn,
  window: DriftWindow,
  cell: DriftCell | undefined,
  by: DriftBy,
  zone: string,
): string {
  const when = windowName(window.start, window.end, zone);
  // Windows may be judged by different measures of effect; their multiple of the floor compares.
  const value = !cell
    ? ''
    : by === 'decision'
      ? times(cell.v)
      : cell.raw === null
        ? ''
        : `, ${metricName(by)} ${effect(cell.raw)}`;
  const severity = cell?.severity ? `, ${cell.severity}` : '';
  return `${column.name}, ${when}${value}, ${decisionText(cell?.decision ?? null)}${severity}, ${plural(window.n_rows, 'row')}`;
}
