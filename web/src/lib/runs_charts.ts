// Many runs at once: axes, what lies within brushes, and which runs nothing beats.
import type { Run } from '../api/tracking';
import { columnValue, lessIsBetter } from './compare';

export interface NumberAxis {
  column: string;
  kind: 'number';
  low: number;
  high: number;
  /** Drawn by its size: the ends are a hundred times apart. */
  isLog: boolean;
  /** Drawn upside down, so that the good end is up. */
  isFlipped: boolean;
}
export interface WordAxis {
  column: string;
  kind: 'word';
  /** Full texts, from the bottom up. */
  words: string[];
}
export type Axis = NumberAxis | WordAxis;

/** A parameter is text; where all of them are numbers it is drawn as numbers. */
export function numberIn(run: Run, column: string): number | null {
  const v = columnValue(run, column);
  if (v === null) return null;
  const n = typeof v === 'number' ? v : v.trim() === '' ? Number.NaN : Number(v);
  return Number.isFinite(n) ? n : null;
}

const wordsMost = 24;

/** How a column is drawn; null where these runs give it fewer than two different values. */
export function axisOf(runs: Run[], column: string): Axis | null {
  const given = runs.map((r) => columnValue(r, column)).filter((v) => v !== null);
  const numbers = runs.map((r) => numberIn(r, column)).filter((v) => v !== null);
  const isNumber = column.startsWith('metric.') || numbers.length === given.length;
  if (isNumber) {
    const low = Math.min(...numbers);
    const high = Math.max(...numbers);
    if (numbers.length === 0 || low === high) return null;
    const isLog = low > 0 && high / low >= 100;
    return { column, kind: 'number', low, high, isLog, isFlipped: isLessBetter(column) };
  }
  const words = [...new Set(given.map(String))].toSorted((a, b) => a.localeCompare(b));
  return words.length < 2 || words.length > wordsMost ? null : { column, kind: 'word', words };
}

const isLessBetter = (column: string) => column.startsWith('metric.') && lessIsBetter(column.slice(7));

/** 0 at the bottom, 1 at the top; null where the run has no such value. */
export function placeOn(axis: Axis, run: Run): number | null {
  if (axis.kind === 'word') {
    const i = axis.words.indexOf(String(columnValue(run, axis.column) ?? ''));
    return i < 0 ? null : axis.words.length === 1 ? 0.5 : i / (axis.words.length - 1);
  }
  const v = numberIn(run, axis.column);
  if (v === null) return null;
  const at = axis.isLog
    ? Math.log(v / axis.low) / Math.log(axis.high / axis.low)
    : (v - axis.low) / (axis.high - axis.low);
  return axis.isFlipped ? 1 - at : at;
}

/** The stretch of an axis that a reader kept, in its own places (0 to 1). */
export type Brushes = Record<string, [number, number]>;

export function within(axes: Axis[], brushes: Brushes, run: Run): boolean {
  return axes.every((axis) => {
    const kept = brushes[axis.column];
    if (!kept) return true;
    const at = placeOn(axis, run);
    return at !== null && at >= kept[0] - 1e-9 && at <= kept[1] + 1e-9;
  });
}

/** "metric.auc:0.5:1;param.depth:0:0.25" in the address. */
export function readBrushes(text: string | undefined): Brushes {
  const found: Brushes = {};
  for (const part of (text ?? '').split(';')) {
    const [, column, low, high] = /^(.+):([\d.]+):([\d.]+)$/.exec(part) ?? [];
    const [a, b] = [Number(low), Number(high)];
    if (column && a >= 0 && b <= 1 && a <= b) found[column] = [a, b];
  }
  return found;
}
export const writeBrushes = (brushes: Brushes): string | undefined =>
  Object.entries(brushes)
    .map(([column, [a, b]]) => `${column}:${Number(a.toFixed(3))}:${Number(b.toFixed(3))}`)
    .join(';') || undefined;

/** How strongly two columns rise and fall together over these runs, by ranks: 0 to 1. */
export function association(runs: Run[], column: string, target: string): number {
  const axis = axisOf(runs, column);
  const pairs = runs.flatMap((r) => {
    const x = axis && placeOn(axis, r);
    const y = numberIn(r, target);
    return x === null || y === null ? [] : [[x, y] as const];
  });
  if (!axis || pairs.length < 3) return 0;
  if (axis.kind === 'word') return correlationRatio(pairs);
  const x = ranks(pairs.map((p) => p[0]));
  const y = ranks(pairs.map((p) => p[1]));
  return Math.abs(correlation(x, y));
}

function ranks(values: number[]): number[] {
  const order = values.map((v, i) => [v, i] as const).toSorted((a, b) => a[0] - b[0]);
  const out: number[] = Array.from({ length: values.length }, () => 0);
  for (let i = 0; i < order.length;) {
    let j = i;
    while (j < order.length && order[j]?.[0] === order[i]?.[0]) j += 1;
    for (let k = i; k < j; k++) out[order[k]?.[1] ?? 0] = (i + j - 1) / 2;
    i = j;
  }
  return out;
}

const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;

function correlation(x: number[], y: number[]): number {
  const [mx, my] = [mean(x), mean(y)];
  const of = (f: (i: number) => number) => x.reduce((sum, _, i) => sum + f(i), 0);
  const dx = (i: number) => (x[i] ?? 0) - mx;
  const dy = (i: number) => (y[i] ?? 0) - my;
  const spread = Math.sqrt(of((i) => dx(i) ** 2) * of((i) => dy(i) ** 2));
  return spread === 0 ? 0 : of((i) => dx(i) * dy(i)) / spread;
}

/** Share of the spread of y that lies between the words, as a root. */
function correlationRatio(pairs: (readonly [number, number])[]): number {
  const all = mean(pairs.map((p) => p[1]));
  const total = pairs.reduce((sum, p) => sum + (p[1] - all) ** 2, 0);
  const groups = new Map<number, (readonly [number, number])[]>();
  for (const pair of pairs) groups.set(pair[0], [...(groups.get(pair[0]) ?? []), pair]);
  let between = 0;
  for (const group of groups.values()) between += group.length * (mean(group.map((p) => p[1])) - all) ** 2;
  return total === 0 ? 0 : Math.sqrt(between / total);
}

/** The axes that say most about the metric, it itself last: at most so many. */
export function axesFor(runs: Run[], columns: string[], metric: string, most = 7): Axis[] {
  const told = columns
    .filter((c) => c !== metric)
    .map((c) => ({ axis: axisOf(runs, c), by: association(runs, c, metric) }))
    .filter((a): a is { axis: Axis; by: number } => a.axis !== null)
    .toSorted((a, b) => b.by - a.by)
    .slice(0, most - 1)
    .map((a) => a.axis);
  const last = axisOf(runs, metric);
  return last ? [...told, last] : told;
}

export interface Placed {
  run: Run;
  x: number;
  y: number;
}
export const placed = (runs: Run[], x: string, y: string): Placed[] =>
  runs.flatMap((run) => {
    const [a, b] = [numberIn(run, x), numberIn(run, y)];
    return a === null || b === null ? [] : [{ run, x: a, y: b }];
  });

/** Runs that no other run beats on both columns, along the front. */
export function paretoFront(points: Placed[], x: string, y: string): Placed[] {
  const sx = isLessBetter(x) ? -1 : 1;
  const sy = isLessBetter(y) ? -1 : 1;
  const order = points.toSorted((a, b) => sx * (b.x - a.x) || sy * (b.y - a.y));
  const front: Placed[] = [];
  let best = Number.NEGATIVE_INFINITY;
  for (const p of order) {
    if (sy * p.y > best) {
      front.push(p);
      best = sy * p.y;
    } else {
      // The very same numbers are as good.
      const last = front.at(-1);
      if (last && last.x === p.x && last.y === p.y) front.push(p);
    }
  }
  return front.toReversed();
}
