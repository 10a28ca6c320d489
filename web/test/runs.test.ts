import { describe, expect, it } from 'vitest';
import { runOf, type Run } from '../src/api/tracking';
import { byImportance } from '../src/lib/compare';
import { logged } from '../src/lib/format';
import {
  association,
  axesFor,
  axisOf,
  paretoFront,
  placed,
  placeOn,
  readBrushes,
  within,
  writeBrushes,
} from '../src/lib/runs_charts';
import { pathOfHash } from '../src/lib/search';
import { rowsInView } from '../src/ui/virtual';

const run = (id: string, metrics: Record<string, number>, params: Record<string, string> = {}): Run => ({
  id,
  name: id,
  experiment: '1',
  status: 'FINISHED',
  user: '',
  start: null,
  end: null,
  metrics,
  curves: [],
  params,
  tags: {},
});

describe('rows of a long table', () => {
  it('draws what is in the window and a few around it, however many there are', () => {
    expect(rowsInView(200, 900, 36, 10_000)).toEqual([0, 32]);
    expect(rowsInView(-36_000, 900, 36, 10_000)).toEqual([988, 1037]);
    expect(rowsInView(-400_000, 900, 36, 10_000)).toEqual([9999, 10_000]);
    expect(rowsInView(0, 900, 36, 0)).toEqual([0, 0]);
  });
});

describe('many runs at once', () => {
  const runs = [
    run('a', { auc: 0.7, log_loss: 0.6 }, { depth: '2', kind: 'forest', seed: '7' }),
    run('b', { auc: 0.75, log_loss: 0.5 }, { depth: '4', kind: 'boosting', seed: '7' }),
    run('c', { auc: 0.8, log_loss: 0.55 }, { depth: '8', kind: 'boosting', seed: '7' }),
    run('d', { auc: Number.NaN, log_loss: 0.9 }, { depth: '8' }),
  ];
  it('draws good ends up, whichever way is good', () => {
    const [auc, loss] = [axisOf(runs, 'metric.auc'), axisOf(runs, 'metric.log_loss')];
    expect(auc && placeOn(auc, runs[2]!)).toBe(1);
    expect(loss && placeOn(loss, runs[1]!)).toBe(1);
    expect(loss && placeOn(loss, runs[3]!)).toBe(0);
    expect(auc && placeOn(auc, runs[3]!)).toBeNull();
  });
  it('reads parameters as numbers where all are numbers, else as words, and leaves out what is the same', () => {
    expect(axisOf(runs, 'param.depth')?.kind).toBe('number');
    expect(axisOf(runs, 'param.kind')).toEqual({
      column: 'param.kind',
      kind: 'word',
      words: ['boosting', 'forest'],
    });
    expect(axisOf(runs, 'param.seed')).toBeNull();
    expect(axisOf(runs, 'param.unknown')).toBeNull();
  });
  it('draws what spans two orders of magnitude by its size', () => {
    const rates = ['0.001', '0.01', '0.1'].map((rate) => run(rate, {}, { rate }));
    const axis = axisOf(rates, 'param.rate');
    expect(axis).toMatchObject({ kind: 'number', isLog: true });
    expect(axis && rates.map((r) => Number(placeOn(axis, r)?.toFixed(6)))).toEqual([0, 0.5, 1]);
  });
  it('orders parameters by what they tell about the metric, which comes last', () => {
    const axes = axesFor(runs, ['param.kind', 'param.seed', 'param.depth'], 'metric.auc');
    expect(axes.map((a) => a.column)).toEqual(['param.depth', 'param.kind', 'metric.auc']);
    expect(association(runs, 'param.depth', 'metric.auc')).toBeCloseTo(1, 9);
  });
  it('keeps what lies within every brush, and the address keeps the brushes', () => {
    const axes = axesFor(runs, ['param.depth'], 'metric.auc');
    const brushes = readBrushes('metric.auc:0.4:1;param.depth:0:0.5;nonsense;metric.x:0.9:0.1');
    expect(brushes).toEqual({ 'metric.auc': [0.4, 1], 'param.depth': [0, 0.5] });
    expect(runs.filter((r) => within(axes, brushes, r)).map((r) => r.id)).toEqual(['b']);
    expect(readBrushes(writeBrushes(brushes))).toEqual(brushes);
    expect(writeBrushes({})).toBeUndefined();
  });
  it('finds the runs that none beats on both', () => {
    const points = placed(runs, 'metric.log_loss', 'metric.auc');
    expect(points.map((p) => p.run.id)).toEqual(['a', 'b', 'c']);
    expect(paretoFront(points, 'metric.log_loss', 'metric.auc').map((p) => p.run.id)).toEqual(['c', 'b']);
    expect(paretoFront([], 'metric.log_loss', 'metric.auc')).toEqual([]);
  });
});

describe('metrics as they were logged', () => {
  it('says NaN and infinity instead of hiding them', () => {
    expect(logged('auc', Number.NaN)).toBe('NaN');
    expect(logged('auc', Number.NEGATIVE_INFINITY)).toBe('−∞');
    expect(logged('auc', 0.7)).toBe('0.700');
  });
  it('puts quality before cost', () => {
    expect(['latency_ms', 'custom', 'brier', 'val_roc_auc'].toSorted(byImportance)).toEqual([
      'val_roc_auc',
      'brier',
      'custom',
      'latency_ms',
    ]);
  });
  it('knows which have a curve', () => {
    const read = runOf({
      info: { run_id: 'a', experiment_id: '1' },
      data: {
        metrics: [
          { key: 'once', value: 1, step: '0' },
          { key: 'loss', value: 1, step: '39' },
        ],
      },
    });
    expect(read.curves).toEqual(['loss']);
  });
});

describe('addresses that the mlflow client prints', () => {
  it('lead to our pages', () => {
    expect(pathOfHash('#/experiments/1/runs/abc')).toBe('/experiments/1/runs/abc');
    expect(pathOfHash('#/experiments/1')).toBe('/experiments?experiment=1');
    expect(pathOfHash('#/models/flights/versions/3')).toBe('/models/flights/versions?version=v3');
    expect(pathOfHash('#/models/flights')).toBe('/models/flights/versions');
    const [a, b] = ['a'.repeat(32), 'b'.repeat(32)];
    expect(pathOfHash(`#/compare-runs?runs=%5B%22${a}%22,%22${b}%22%5D&experiments=%5B%221%22%5D`)).toBe(
      `/experiments/compare?runs=${a},${b}`,
    );
  });
  it('leave everything else alone', () => {
    for (const hash of ['', '#', '#main', '#/', '#/experiments', '#/compare-runs'])
      expect(pathOfHash(hash)).toBeNull();
  });
});
