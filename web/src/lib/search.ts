// The address is the state: what may stand in it, how it is read, and what happens to the rest.
import { isZone } from './time';

const instantPattern = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?$/;
const relativePattern = /^now(-\d{1,4}[hdw])?$/;

export const driftBy = ['decision', 'psi', 'wasserstein', 'jensen_shannon', 'ks'] as const;
export const driftShow = ['all', 'drifted'] as const;
export const severities = ['critical', 'high', 'medium', 'low'] as const;
export const incidentStates = ['open', 'resolved', 'all'] as const;
export const metrics = [
  'roc_auc',
  'f1',
  'accuracy',
  'precision',
  'recall',
  'brier',
  'log_loss',
  'mae',
  'rmse',
  'mean_error',
  'r2',
] as const;
export const everies = ['day', 'week', 'month'] as const;
export const fleetStatuses = ['critical', 'warning', 'no_data', 'collecting', 'ok'] as const;

export type Raw = Record<string, unknown>;

export interface TimeSearch {
  from?: string;
  to?: string;
  tz?: string;
}
export interface FleetSearch {
  tz?: string;
  status?: (typeof fleetStatuses)[number];
}
export interface DriftSearch extends TimeSearch {
  by?: (typeof driftBy)[number];
  monitor?: string;
  show?: (typeof driftShow)[number];
  view?: 'map' | 'table';
  feature?: string;
  at?: string;
}
export interface PerformanceSearch extends TimeSearch {
  metric?: (typeof metrics)[number];
  known_at?: string;
  version?: string;
  every?: (typeof everies)[number];
  at?: string;
}
export interface OverviewSearch extends TimeSearch {
  at?: string;
}
export interface IncidentsSearch {
  tz?: string;
  state?: (typeof incidentStates)[number];
  model?: string;
  severity?: (typeof severities)[number];
}

export const pipelineStates = [
  'running',
  'waiting',
  'suggested',
  'shipped',
  'stopped',
  'rolled_back',
] as const;
export interface PipelinesSearch {
  tz?: string;
  model?: string;
  state?: (typeof pipelineStates)[number];
}
export interface PipelineSearch {
  tz?: string;
  run?: string;
}
export interface VersionsSearch {
  tz?: string;
  /** The version looked at, and the one it is compared with. */
  version?: string;
  with?: string;
  /** "What served then?" */
  at?: string;
}
export interface RegistrySearch {
  tz?: string;
  at?: string;
}
export interface RunsSearch {
  tz?: string;
  experiment?: string;
  filter?: string;
  /** "metric.auc desc": the column and its direction. */
  sort?: string;
  /** Columns beyond the usual ones, separated by commas. */
  columns?: string;
  /** Runs under comparison, separated by commas; the first is the baseline. */
  runs?: string;
  rows?: 'differs' | 'all';
  curve?: string;
  /** How the runs of an experiment are shown. */
  as?: 'table' | 'charts';
  /** Columns of the scatter plot, and the metric that the parallel axes lead to. */
  x?: string;
  y?: string;
  /** Stretches kept on the parallel axes. */
  keep?: string;
}
export interface RunSearch {
  tz?: string;
  curve?: string;
}
export interface AbSearch {
  tz?: string;
  model?: string;
}
export interface AuditSearch {
  tz?: string;
  actor?: string;
  action?: string;
  model?: string;
  object?: string;
  from?: string;
  to?: string;
  entry?: string;
}

type Reader<T> = (value: string) => T | undefined;

const any: Reader<string> = (v) => (v.length > 0 && v.length <= 300 ? v : undefined);
/** Filters and lists of ids are longer than names. */
const long: Reader<string> = (v) => (v.length > 0 && v.length <= 3000 ? v : undefined);
const zone: Reader<string> = (v) => (v === 'local' || isZone(v) ? v : undefined);
const oneOf =
  <T extends string>(allowed: readonly T[]): Reader<T> =>
  (v) =>
    allowed.find((a) => a === v);

/** An instant, made whole: a date alone is its midnight, a missing zone is UTC. */
export const anInstant: Reader<string> = (v) => {
  if (!instantPattern.test(v)) return undefined;
  const whole = /(Z|[+-]\d{2}:\d{2})$/.test(v) ? v : `${v.includes('T') ? v : `${v}T00:00`}Z`;
  const ms = Date.parse(whole);
  return Number.isNaN(ms) ? undefined : new Date(ms).toISOString().replace('.000Z', 'Z');
};
const moment: Reader<string> = (v) => (relativePattern.test(v) ? v : anInstant(v));

/** What the address said that this page does not understand; shown once, never a blank page. */
export const rejected: string[] = [];

type Readers<T> = { [K in keyof T]-?: Reader<NonNullable<T[K]>> };

function reader<T extends object>(readers: Readers<T>): (raw: Raw) => T {
  return (raw) => {
    const out: Partial<T> = {};
    for (const name of Object.keys(readers) as (keyof T & string)[]) {
      const value = raw[name];
      if (value === undefined || value === null || value === '') continue;
      const read = readers[name](String(value));
      if (read === undefined) {
        const note = `${name}=${String(value)}`;
        if (!rejected.includes(note)) rejected.push(note);
      } else {
        out[name] = read as T[typeof name];
      }
    }
    return out as T;
  };
}

const timeReaders: Readers<TimeSearch> = { from: moment, to: moment, tz: zone };

export const readFleet = reader<FleetSearch>({ tz: zone, status: oneOf(fleetStatuses) });
export const readOverview = reader<OverviewSearch>({ ...timeReaders, at: anInstant });
export const readDrift = reader<DriftSearch>({
  ...timeReaders,
  by: oneOf(driftBy),
  monitor: any,
  show: oneOf(driftShow),
  view: oneOf(['map', 'table'] as const),
  feature: any,
  at: anInstant,
});
export const readPerformance = reader<PerformanceSearch>({
  ...timeReaders,
  metric: oneOf(metrics),
  known_at: anInstant,
  version: any,
  every: oneOf(everies),
  at: anInstant,
});
export const readIncidents = reader<IncidentsSearch>({
  tz: zone,
  state: oneOf(incidentStates),
  model: any,
  severity: oneOf(severities),
});
export const readPipelines = reader<PipelinesSearch>({
  tz: zone,
  model: any,
  state: oneOf(pipelineStates),
});
export const readPipeline = reader<PipelineSearch>({ tz: zone, run: any });
export const readVersions = reader<VersionsSearch>({ tz: zone, version: any, with: any, at: anInstant });
export const readRegistry = reader<RegistrySearch>({ tz: zone, at: anInstant });
export const readRuns = reader<RunsSearch>({
  tz: zone,
  experiment: any,
  filter: long,
  sort: any,
  columns: long,
  runs: long,
  rows: oneOf(['differs', 'all'] as const),
  curve: any,
  as: oneOf(['table', 'charts'] as const),
  x: any,
  y: any,
  keep: long,
});
export const readRun = reader<RunSearch>({ tz: zone, curve: any });
export const readAb = reader<AbSearch>({ tz: zone, model: any });
export const readAbTest = reader<{ tz?: string }>({ tz: zone });
export const readAudit = reader<AuditSearch>({
  tz: zone,
  actor: any,
  action: any,
  model: any,
  object: any,
  from: anInstant,
  to: anInstant,
  entry: (v) => (/^\d{1,15}$/.test(v) ? v : undefined),
});
export const readIncident = reader<{ tz?: string }>({ tz: zone });

/** "#/experiments/1/runs/abc", as the mlflow client prints it, as an address of ours. */
export function pathOfHash(hash: string): string | null {
  const [path = '', query = ''] = hash.replace(/^#/, '').split('?');
  const [, noun, id = '', more, last = ''] = path.split('/');
  if (noun === 'experiments' && id !== '')
    return more === 'runs' && last !== ''
      ? `/experiments/${id}/runs/${last}`
      : `/experiments?experiment=${id}`;
  if (noun === 'models' && id !== '')
    return `/models/${id}/versions${more === 'versions' && last !== '' ? `?version=v${last}` : ''}`;
  const runs = noun === 'compare-runs' ? new URLSearchParams(query).get('runs') : null;
  const ids = runs?.match(/[0-9a-f]{32}/g);
  return ids ? `/experiments/compare?runs=${ids.join(',')}` : null;
}

/** Plain strings both ways, so that an address reads as it was written. */
export function parseSearch(text: string): Raw {
  return Object.fromEntries(new URLSearchParams(text));
}

export function stringifySearch(search: Raw): string {
  const parts = Object.entries(search).flatMap(([name, value]) =>
    value === undefined || value === null || value === ''
      ? []
      : // Colons and commas are legal in a query and far easier to read than %3A.
        [`${name}=${encodeURIComponent(String(value)).replace(/%(3A|2C|2F)/g, decodeURIComponent)}`],
  );
  return parts.length > 0 ? `?${parts.join('&')}` : '';
}

/** "now-30d" against a model's own clock, as an instant. */
export function resolveMoment(value: string | undefined, now: string): string | undefined {
  if (value === undefined || !value.startsWith('now')) return value;
  const found = /^now-(\d+)([hdw])$/.exec(value);
  if (!found) return now;
  const unit = { h: 3_600_000, d: 86_400_000, w: 604_800_000 }[found[2] as 'h' | 'd' | 'w'];
  return new Date(Date.parse(now) - Number(found[1]) * unit).toISOString().replace('.000Z', 'Z');
}
