import { normal, random } from '../random';

// Answers as the tracking addresses do: int64 as text, errors in their own form.

interface Entry {
  key: string;
  value: number | string;
  step?: string;
  timestamp?: string;
}

const names = ['flights-v3', 'flights-v4', 'flights-v5', 'flights-v6', 'flights-v7'];

function makeRun(i: number) {
  const next = random(`run/${i}`);
  const depth = 4 + (i % 4);
  const rate = [0.05, 0.1, 0.2][i % 3] ?? 0.1;
  const id = i < names.length ? `a${i + 3}`.padEnd(32, '0') : i.toString(16).padStart(32, 'c');
  const start = Date.UTC(2013, 8, 14) + i * 9_000_000;
  const auc = 0.64 + 0.006 * depth - Math.abs(rate - 0.1) * 0.2 + 0.01 * normal(next);
  return {
    id,
    info: {
      run_id: id,
      run_name: names[i] ?? `search-${String(i).padStart(3, '0')}`,
      experiment_id: '1',
      status: i === 11 ? 'FAILED' : 'FINISHED',
      user_id: i % 5 === 0 ? 'system' : 'ines',
      start_time: String(start),
      end_time: String(start + 31_000 + (i % 17) * 2100),
    },
    data: {
      metrics: [
        { key: 'roc_auc', value: Number(auc.toFixed(4)), step: '59' },
        { key: 'brier', value: Number((0.16 - auc * 0.03).toFixed(4)), step: '59' },
        { key: 'latency_ms', value: Number((0.4 + depth * 0.3 + (i % 7) * 0.05).toFixed(3)) },
        { key: 'log_loss', value: Number((0.62 - auc * 0.25).toFixed(4)) },
      ] as Entry[],
      params: [
        { key: 'model', value: 'HistGradientBoosting' },
        { key: 'max_depth', value: String(depth) },
        { key: 'learning_rate', value: String(rate) },
        { key: 'max_iter', value: String(100 + (i % 6) * 40) },
        { key: 'l2_regularization', value: '1.0' },
      ] as Entry[],
      tags: [
        { key: 'mlflow.source.name', value: 'train.py' },
        { key: 'mlflow.source.git.commit', value: `9f2e1c4b7a${i}` },
        ...(i < names.length ? [{ key: 'candidate', value: 'yes' }] : []),
      ] as Entry[],
    },
  };
}
const runs = Array.from({ length: 2400 }, (_, i) => makeRun(i));

export interface Reply {
  status: number;
  body: unknown;
}
const ok = (body: unknown): Reply => ({ status: 200, body });
const refused = (message: string, code = 'INVALID_PARAMETER_VALUE', status = 400): Reply => ({
  status,
  body: { error_code: code, message },
});

function fits(run: (typeof runs)[number], clause: string): boolean | null {
  const found =
    /^(metrics|params|tags|attributes)\.`?([\w.]+)`?\s*(=|!=|>=|<=|>|<|LIKE)\s*'?([^'<>=]*)'?$/i.exec(
      clause.trim(),
    );
  if (!found) return null;
  const [, kind, name = '', op, wanted = ''] = found;
  const value =
    kind === 'attributes'
      ? (run.info as Record<string, string>)[name]
      : run.data[kind as 'metrics' | 'params' | 'tags'].find((e) => e.key === name)?.value;
  if (value === undefined) return false;
  if (op === 'LIKE' || op === 'like')
    return new RegExp(`^${wanted.replaceAll('%', '.*')}$`).test(String(value));
  const [a, b] = kind === 'metrics' ? [Number(value), Number(wanted)] : [String(value), wanted];
  switch (op) {
    case '=':
      return a === b;
    case '!=':
      return a !== b;
    case '>':
      return a > b;
    case '<':
      return a < b;
    case '>=':
      return a >= b;
    default:
      return a <= b;
  }
}

interface Search {
  experiment_ids?: string[];
  filter?: string;
  order_by?: string[];
  max_results?: number;
  page_token?: string;
}

function searchRuns({
  experiment_ids = [],
  filter = '',
  order_by = [],
  max_results = 100,
  page_token,
}: Search): Reply {
  const clauses = filter ? filter.split(/\s+and\s+/i) : [];
  const wrong = clauses.find((c) => fits(runs[0]!, c) === null);
  if (wrong !== undefined)
    return refused(
      `cannot read the filter at "${wrong}": a comparison like metrics.roc_auc > 0.7 is expected`,
    );
  let found = experiment_ids.includes('1') ? runs.filter((r) => clauses.every((c) => fits(r, c))) : [];
  const order = /^(metric|param|attribute)s\.`(.+)` (ASC|DESC)$/.exec(order_by[0] ?? '');
  const keyOf = (r: (typeof runs)[number]): string | number =>
    order && order[1] !== 'attribute'
      ? (r.data[`${order[1]}s` as 'metrics' | 'params'].find((e) => e.key === order[2])?.value ?? '')
      : ((r.info as Record<string, string>)[order?.[2] ?? 'start_time'] ?? '');
  found = found.toSorted((a, b) => {
    const [x, y] = [keyOf(a), keyOf(b)];
    const by = typeof x === 'number' && typeof y === 'number' ? x - y : String(x).localeCompare(String(y));
    return order?.[3] === 'ASC' ? by : -by;
  });
  const from = Number(page_token ?? 0);
  const page = found.slice(from, from + max_results);
  return ok({
    runs: page,
    ...(from + max_results < found.length ? { next_page_token: String(from + max_results) } : {}),
  });
}

function history(id: string, key: string): Reply {
  const run = runs.find((r) => r.info.run_id === id);
  const last = run?.data.metrics.find((m) => m.key === key)?.value;
  if (!run) return refused(`Run with id=${id} not found`, 'RESOURCE_DOES_NOT_EXIST', 404);
  if (typeof last !== 'number') return ok({ metrics: [] });
  if (key === 'log_loss')
    return ok({ metrics: [{ key, value: last, step: '0', timestamp: run.info.end_time }] });
  const next = random(`${id}/${key}`);
  const up = key === 'roc_auc' ? -1 : 1;
  return ok({
    metrics: Array.from({ length: 60 }, (_, i) => ({
      key,
      value: i === 59 ? last : last + up * 0.12 * Math.exp(-i / 12) + 0.001 * normal(next),
      step: String(i),
      timestamp: run.info.end_time,
    })),
  });
}

export function tracking(path: string, query: URLSearchParams, body: Search): Reply {
  if (path === 'experiments/search')
    return ok({
      experiments: [
        { experiment_id: '1', name: 'flights', last_update_time: '1387429200000', lifecycle_stage: 'active' },
        { experiment_id: '0', name: 'Default', last_update_time: '1365000000000', lifecycle_stage: 'active' },
      ],
    });
  if (path === 'runs/search') return searchRuns(body);
  if (path === 'metrics/get-history')
    return history(query.get('run_id') ?? '', query.get('metric_key') ?? '');
  if (path === 'artifacts/list') {
    const folder = query.get('path') ?? '';
    return ok({
      files: folder
        ? [{ path: `${folder}/MLmodel`, is_dir: false, file_size: 912 }]
        : [
            { path: 'model', is_dir: true },
            { path: 'manifest.json', is_dir: false, file_size: '4042' },
          ],
    });
  }
  if (path === 'model-versions/search') {
    const id = /run_id='(\w+)'/.exec(query.get('filter') ?? '')?.[1];
    const i = runs.findIndex((r) => r.id === id);
    return ok({
      model_versions: i >= 0 && i < names.length ? [{ name: 'flights', version: String(i + 3) }] : [],
    });
  }
  const run = path === 'runs/get' ? runs.find((r) => r.info.run_id === query.get('run_id')) : undefined;
  return run
    ? ok({ run: { info: run.info, data: run.data } })
    : refused(`Run with id=${query.get('run_id')} not found`, 'RESOURCE_DOES_NOT_EXIST', 404);
}
