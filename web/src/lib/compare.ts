// Runs side by side: what differs, which is best.
import type { Run } from '../api/tracking';
import { metricName } from './format';

export interface CompareRow {
  kind: 'metric' | 'param' | 'tag';
  name: string;
  values: (string | number | null)[];
  differs: boolean;
  /** Which of the runs is best; null where nobody can say. */
  best: number | null;
}

/** Names under which less is better. */
export const lessIsBetter = (name: string) =>
  /(^|[_\-.])(loss|log_loss|brier|error|err|rmse|mae|mse|mape|latency|ms|seconds|size|gap)([_\-.]|$)/i.test(
    name,
  );

const known = ['roc_auc', 'auc', 'pr_auc', 'f1', 'accuracy', 'brier', 'log_loss', 'rmse', 'mae', 'r2'];

/** Quality before cost, names that people know before others, then by the alphabet. */
export function byImportance(a: string, b: string): number {
  return place(a) - place(b) || a.localeCompare(b);
}

function place(name: string): number {
  const bare = name.toLowerCase().replace(/^(val|valid|validation|test|eval|training)_/, '');
  const at = known.indexOf(bare.replace(/_score$/, ''));
  if (at >= 0) return at;
  return isCost(bare) ? known.length + 1 : known.length;
}

/** What a model takes, not how good it is. */
export const isCost = (name: string) => /latency|seconds|size|(^|_)ms$|time|memory/i.test(name);

const namesOf = (runs: Run[], of: (r: Run) => Record<string, unknown>) =>
  [...new Set(runs.flatMap((r) => Object.keys(of(r))))].toSorted((a, b) => a.localeCompare(b));

function bestOf(name: string, values: (number | null)[]): number | null {
  // Alone it beats nobody.
  if (values.filter((v) => v !== null).length < 2) return null;
  const less = lessIsBetter(name);
  let best: number | null = null;
  values.forEach((v, i) => {
    if (v === null || Number.isNaN(v)) return;
    const held = best === null ? null : values[best];
    if (held === null || held === undefined || (less ? v < held : v > held)) best = i;
  });
  return values.filter((v) => v !== null && best !== null && v === values[best]).length === 1 ? best : null;
}

const differ = (values: (string | number | null)[]) => values.some((v) => !Object.is(v, values[0]));

/** Every metric, parameter and person's tag of these runs, one row each. */
export function compareRuns(runs: Run[]): CompareRow[] {
  const names = namesOf(runs, (r) => r.metrics).toSorted(byImportance);
  const metrics = names.map((name): CompareRow => {
    const values = runs.map((r) => r.metrics[name] ?? null);
    return {
      kind: 'metric',
      name,
      values,
      differs: differ(values),
      best: runs.length > 1 ? bestOf(name, values) : null,
    };
  });
  const params = namesOf(runs, (r) => r.params).map((name): CompareRow => {
    const values = runs.map((r) => r.params[name] ?? null);
    return { kind: 'param', name, values, differs: differ(values), best: null };
  });
  const tags = namesOf(runs, (r) => r.tags)
    .filter((name) => !name.startsWith('mlflow.'))
    .map((name): CompareRow => {
      const values = runs.map((r) => r.tags[name] ?? null);
      return { kind: 'tag', name, values, differs: differ(values), best: null };
    });
  return [...metrics, ...params, ...tags];
}

/** The columns a table of runs opens with: the commonest metrics, then parameters that differ. */
export function defaultColumns(runs: Run[], most = 4): string[] {
  const counts = new Map<string, number>();
  for (const r of runs)
    for (const name of Object.keys(r.metrics)) counts.set(name, (counts.get(name) ?? 0) + 1);
  const metrics = [...counts.entries()]
    .toSorted((a, b) => b[1] - a[1] || byImportance(a[0], b[0]))
    .slice(0, most)
    .map(([name]) => `metric.${name}`);
  const params = namesOf(runs, (r) => r.params)
    .filter((name) => new Set(runs.map((r) => r.params[name])).size > 1)
    .slice(0, most)
    .map((name) => `param.${name}`);
  return [...metrics, ...params];
}

/** Every column that these runs could fill. */
export function allColumns(runs: Run[]): string[] {
  return [
    ...namesOf(runs, (r) => r.metrics)
      .toSorted(byImportance)
      .map((n) => `metric.${n}`),
    ...namesOf(runs, (r) => r.params).map((n) => `param.${n}`),
    ...namesOf(runs, (r) => r.tags)
      .filter((n) => !n.startsWith('mlflow.'))
      .map((n) => `tag.${n}`),
  ];
}

export function columnValue(run: Run, column: string): string | number | null {
  const dot = column.indexOf('.');
  const name = column.slice(dot + 1);
  const kind = column.slice(0, dot);
  if (kind === 'metric') return run.metrics[name] ?? null;
  return (kind === 'param' ? run.params[name] : run.tags[name]) ?? null;
}

/** The next order when a header is pressed: metrics fall first, text rises first, then the reverse. */
export function nextSort(now: string | undefined, column: string): string | undefined {
  const first = column.startsWith('metric.') || column === 'attribute.start_time' ? 'desc' : 'asc';
  const second = first === 'desc' ? 'asc' : 'desc';
  if (now === `${column} ${first}`) return `${column} ${second}`;
  if (now === `${column} ${second}`) return undefined;
  return `${column} ${first}`;
}

/** "metric.roc_auc" as a heading. */
export function columnLabel(column: string): string {
  const name = column.slice(column.indexOf('.') + 1);
  return column.startsWith('metric.') ? metricName(name) : name;
}
