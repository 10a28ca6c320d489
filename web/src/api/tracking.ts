import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { ask } from './client';

// Experiments and runs, read where the mlflow client reads them: what a person sees here is what the
// client gets. Int64 come as text and non-finite numbers as words; both are made plain here.

export interface Experiment {
  id: string;
  name: string;
  changed: number | null;
}
export interface Run {
  id: string;
  name: string;
  experiment: string;
  status: string;
  user: string;
  start: number | null;
  end: number | null;
  metrics: Record<string, number>;
  /** Metrics that were logged over steps. */
  curves: string[];
  params: Record<string, string>;
  tags: Record<string, string>;
}
export interface RunPage {
  runs: Run[];
  next: string | null;
}
export interface CurvePoint {
  step: number;
  value: number;
  at: number;
}

type Wire = number | string | undefined;
interface WireEntry {
  key: string;
  value?: Wire;
  step?: Wire;
  timestamp?: Wire;
}
interface WireRun {
  info: {
    run_id: string;
    run_name?: string;
    experiment_id: string;
    status?: string;
    user_id?: string;
    start_time?: Wire;
    end_time?: Wire;
  };
  data?: { metrics?: WireEntry[]; params?: WireEntry[]; tags?: WireEntry[] };
}

const root = '/ajax-api/2.0/mlflow';

export function numberOf(v: Wire): number {
  if (typeof v === 'number') return v;
  return v === undefined || v === '' ? Number.NaN : Number(v);
}
const msOf = (v: Wire): number | null => {
  const ms = numberOf(v);
  return Number.isFinite(ms) && ms > 0 ? ms : null;
};

const texts = (entries: WireEntry[] = []) =>
  Object.fromEntries(entries.map((e) => [e.key, String(e.value ?? '')]));

export function runOf({ info, data = {} }: WireRun): Run {
  const tags = texts(data.tags);
  return {
    id: info.run_id,
    name: info.run_name || tags['mlflow.runName'] || info.run_id.slice(0, 8),
    experiment: info.experiment_id,
    status: info.status ?? 'RUNNING',
    user: info.user_id || tags['mlflow.user'] || '',
    start: msOf(info.start_time),
    end: msOf(info.end_time),
    metrics: Object.fromEntries((data.metrics ?? []).map((m) => [m.key, numberOf(m.value)])),
    curves: (data.metrics ?? []).filter((m) => numberOf(m.step ?? 0) > 0).map((m) => m.key),
    params: texts(data.params),
    tags,
  };
}

export const experimentsQuery = queryOptions({
  queryKey: ['loop', 'experiments'],
  queryFn: async ({ signal }): Promise<Experiment[]> => {
    const found = await ask<{
      experiments?: { experiment_id: string; name: string; last_update_time?: Wire; creation_time?: Wire }[];
    }>(`${root}/experiments/search`, { method: 'POST', body: { max_results: 1000 }, signal });
    return (found.experiments ?? [])
      .map((e) => ({
        id: e.experiment_id,
        name: e.name,
        changed: msOf(e.last_update_time) ?? msOf(e.creation_time),
      }))
      .toSorted((a, b) => (b.changed ?? 0) - (a.changed ?? 0));
  },
});

export interface RunsAsked {
  experiment: string;
  filter?: string | undefined;
  sort?: string | undefined;
}
const pageLength = 200;

/** "metric.auc desc" as the search wants it: the name quoted, whatever is in it. */
export function orderBy(sort: string | undefined): string[] {
  const found = /^(metric|param|tag|attribute)\.(.+) (asc|desc)$/.exec(sort ?? '');
  if (!found) return ['attributes.start_time DESC'];
  const [, kind, name, way] = found;
  return [`${kind}s.\`${name?.replaceAll('`', '')}\` ${way?.toUpperCase()}`];
}

export const runsQuery = ({ experiment, filter, sort }: RunsAsked) =>
  infiniteQueryOptions({
    queryKey: ['loop', 'runs', experiment, filter, sort],
    queryFn: async ({ pageParam, signal }): Promise<RunPage> => {
      const found = await ask<{ runs?: WireRun[]; next_page_token?: string }>(`${root}/runs/search`, {
        method: 'POST',
        body: {
          experiment_ids: [experiment],
          filter: filter ?? '',
          max_results: pageLength,
          order_by: orderBy(sort),
          ...(pageParam ? { page_token: pageParam } : {}),
        },
        signal,
      });
      return { runs: (found.runs ?? []).map(runOf), next: found.next_page_token || null };
    },
    initialPageParam: '',
    getNextPageParam: (last) => last.next ?? undefined,
  });

export const runQuery = (id: string) =>
  queryOptions({
    queryKey: ['loop', 'run', id],
    queryFn: async ({ signal }) =>
      runOf((await ask<{ run: WireRun }>(`${root}/runs/get`, { query: { run_id: id }, signal })).run),
  });

/** More points than a screen has columns help nobody. */
const pointsMost = 2000;

export const curveQuery = (run: string, metric: string) =>
  queryOptions({
    queryKey: ['loop', 'curve', run, metric],
    queryFn: async ({ signal }): Promise<CurvePoint[]> => {
      const found = await ask<{ metrics?: WireEntry[] }>(`${root}/metrics/get-history`, {
        query: { run_id: run, metric_key: metric, max_results: 25_000 },
        signal,
      });
      const all = (found.metrics ?? []).map((m) => ({
        step: Number(m.step ?? 0),
        value: numberOf(m.value),
        at: Number(m.timestamp ?? 0),
      }));
      return thinned(
        all.toSorted((a, b) => a.step - b.step || a.at - b.at),
        pointsMost,
      );
    },
  });

/** Keeps the ends and, of every stretch between, its smallest and its largest value. */
export function thinned<T extends { value: number }>(all: T[], most: number): T[] {
  if (all.length <= most) return all;
  const stretch = Math.ceil((all.length - 2) / ((most - 2) / 2));
  const kept: T[] = all.slice(0, 1);
  for (let i = 1; i < all.length - 1; i += stretch) {
    const part = all.slice(i, Math.min(i + stretch, all.length - 1));
    const lo = part.reduce((a, b) => (b.value < a.value ? b : a));
    const hi = part.reduce((a, b) => (b.value > a.value ? b : a));
    kept.push(...part.filter((p) => p === lo || p === hi));
  }
  return [...kept, ...all.slice(-1)];
}

export interface RunFile {
  path: string;
  isFolder: boolean;
  size: number | null;
}
export const filesQuery = (run: string, folder: string) =>
  queryOptions({
    queryKey: ['loop', 'run', run, 'files', folder],
    queryFn: async ({ signal }): Promise<RunFile[]> => {
      const found = await ask<{ files?: { path: string; is_dir?: boolean; file_size?: Wire }[] }>(
        `${root}/artifacts/list`,
        { query: { run_id: run, path: folder }, signal },
      );
      return (found.files ?? []).map((f) => ({
        path: f.path,
        isFolder: f.is_dir ?? false,
        size: f.file_size === undefined ? null : numberOf(f.file_size),
      }));
    },
  });

/** Where a file of a run is read, whatever stands in its name. */
export const filePath = (run: Run, path: string) =>
  `/ajax-api/2.0/mlflow-artifacts/artifacts/${[run.experiment, run.id, 'artifacts', ...path.split('/')].map(encodeURIComponent).join('/')}`;

export interface RunVersion {
  model: string;
  version: string;
}
/** What was registered from a run. */
export const runVersionsQuery = (run: string) =>
  queryOptions({
    queryKey: ['loop', 'run', run, 'versions'],
    queryFn: async ({ signal }): Promise<RunVersion[]> => {
      const found = await ask<{ model_versions?: { name: string; version: string | number }[] }>(
        `${root}/model-versions/search`,
        { query: { filter: `run_id='${run.replaceAll("'", '')}'`, max_results: 100 }, signal },
      );
      return (found.model_versions ?? []).map((v) => ({ model: v.name, version: `v${v.version}` }));
    },
  });
