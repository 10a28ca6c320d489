// The shapes of the HTTP API, version 1. Instants are RFC 3339 in UTC.

export type Part =
  | { text: string; strong?: boolean; ref?: undefined }
  | { ref: Ref; text: string; strong?: boolean };
export type RefKind = 'model' | 'column' | 'incident' | 'monitor';
export interface Ref {
  kind: RefKind;
  id: string;
  model?: string | null;
}
export interface Sentence {
  plain: string;
  parts: Part[];
}

export interface Page<T> {
  items: T[];
  next?: string | null;
}
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail?: string;
  code: string;
  request_id?: string;
  errors?: { row?: number | null; field?: string | null; reason: string; fix?: string | null }[];
}
export interface Range {
  from: string;
  to: string;
  time_zone: string;
  is_default: boolean;
  reason: null | 'data_is_old';
}

export type Severity = 'critical' | 'high' | 'medium' | 'low';
export type IncidentState = 'open' | 'acknowledged' | 'resolved';
export type ModelStatus = 'critical' | 'warning' | 'ok' | 'no_data' | 'collecting';
export type CellState = 'ok' | 'warning' | 'critical' | 'no_data';
export type Decision =
  | 'ok'
  | 'drift'
  | 'breach'
  | 'not_enough_data'
  | 'failed'
  | 'not_comparable';
export type PointKind = 'measured' | 'estimated';
export type Gap = null | 'few_rows' | 'no_data' | 'labels_pending' | 'not_monitored';

export interface IncidentSummary {
  id: string;
  number: number;
  model: string;
  monitor: string;
  kind: string;
  title: string;
  severity: Severity;
  state: IncidentState;
  opened_at: string;
  resolved_at: string | null;
  known_opened_at: string;
  acknowledged_by: string | null;
  n_alerts: number;
  columns: string[];
  for_whom: string;
  sentence: Sentence;
  link: string;
}

export type ChangeKind =
  | 'incident_opened'
  | 'incident_resolved'
  | 'incident_acknowledged'
  | 'model_applied'
  | 'document_changed'
  | 'reference_set';
export interface Change {
  at: string;
  kind: ChangeKind;
  text: string;
  model: string | null;
  incident_id: string | null;
}

export interface FleetModel {
  model: string;
  display_name: string;
  version: string | null;
  owner: string | null;
  tags: string[];
  status: ModelStatus;
  health: { window_start: string; state: CellState }[];
  performance: null | {
    metric: string;
    value: number;
    lo: number | null;
    hi: number | null;
    floor: number | null;
    kind: PointKind;
    change_from_reference: number | null;
    maturity: number | null;
  };
  drift: { n_drifted: number; n_columns: number };
  rows_valid_share: number | null;
  volume: number[];
  n_predictions_last_window: number;
  latency_ms_p95: number | null;
  data_through: string | null;
  clock: 'live' | 'event';
  n_open_incidents: number;
}
export interface Fleet {
  sentence: Sentence;
  generated_at: string;
  facts: {
    n_models: number;
    n_healthy: number;
    n_predictions_24h: number;
    n_open_incidents: number;
    checks_on_time: { done: number; due: number };
  };
  attention: IncidentSummary[];
  changes: Change[];
  models: FleetModel[];
}

export interface ModelListItem {
  model: string;
  display_name: string;
  task: string;
  versions: string[];
  clock: 'live' | 'event';
  time_zone: string;
  data_from: string | null;
  data_through: string | null;
}
export interface ModelDetail {
  name: string;
  display_name?: string | null;
  description?: string | null;
  owner?: string | null;
  task?: string | null;
  time_zone?: string | null;
  clock?: 'live' | 'event' | null;
  versions: {
    version: string;
    role: 'live' | 'shadow';
    first_seen: string;
    last_seen: string;
    n_predictions: number;
  }[];
  references: {
    name: string;
    n_rows: number;
    from: string | null;
    to: string | null;
    grid_version: number | null;
    is_default: boolean;
  }[];
  monitors: { name: string; kind: string; window: string }[];
  data_from: string | null;
  data_through: string | null;
  columns: { name: string; role: string; semantic: string; importance: number | null }[];
}

export interface SeriesPoint {
  window_start: string;
  window_end: string;
  v: number | null;
  lo: number | null;
  hi: number | null;
  n: number;
  kind: PointKind;
  gap: Gap;
  maturity: number | null;
}
export interface Series {
  name: string;
  metric: string;
  unit: string | null;
  good_direction: 'up' | 'down' | null;
  reference_value: number | null;
  floor: number | null;
  points: SeriesPoint[];
}
export interface Annotation {
  at: string;
  kind: string;
  text: string;
  incident_id: string | null;
}

export type LaneName = 'performance' | 'drift' | 'data_quality' | 'service' | 'volume';
export interface Lane {
  name: LaneName;
  cells: { window_start: string; state: CellState; value: number | null; text: string }[];
}
export interface Overview {
  range: Range;
  sentence: Sentence;
  facts: {
    version: string | null;
    n_predictions: number;
    n_labels: number;
    label_maturity: number | null;
    last_result_at: string | null;
    inputs_checked: { done: number; total: number };
  };
  lanes: Lane[];
  incidents: IncidentSummary[];
  performance: Series | null;
  annotations: Annotation[];
  top_columns: {
    column: string;
    effect: number | null;
    effect_name: string;
    drifting_since: string | null;
    share_of_windows_drifted: number;
  }[];
}

export type DriftBy = 'decision' | 'psi' | 'wasserstein' | 'jensen_shannon' | 'ks';
export interface DriftCell {
  v: number | null;
  raw: number | null;
  decision: Decision | null;
  severity: Severity | null;
}
export interface DriftColumn {
  name: string;
  semantic: string;
  role: 'feature' | 'prediction' | 'score';
  importance: number | null;
  decision_last: Decision | null;
  severity_last: Severity | null;
  effect_last: number | null;
  effect_name: string;
  effect_floor: number | null;
  p_value_adjusted_last: number | null;
  drifting_since: string | null;
  inflation: number | null;
  n_windows_effective: number | null;
  cells: DriftCell[];
}
export interface DriftWindow {
  start: string;
  end: string;
  n_rows: number;
  decision: Decision;
  n_drifted: number;
  is_final: boolean;
  revision: number;
}
export interface DriftMap {
  range: Range;
  sentence: Sentence;
  monitor: string;
  reference: { name: string; n_rows: number; from: string | null; to: string | null };
  window: 'hour' | 'day' | 'week';
  by: DriftBy;
  assumes_independent_rows: boolean;
  alpha: number;
  correction: string;
  windows: DriftWindow[];
  columns: DriftColumn[];
  added: string[];
  removed: string[];
  skipped: { name: string; reason: string }[];
  annotations: Annotation[];
}

export interface NumericDistribution {
  kind: 'numeric';
  bins: { from: number | null; to: number | null; reference: number; current: number }[];
  quantiles: { reference: Quantiles; current: Quantiles } | null;
  mean: { reference: number | null; current: number | null } | null;
}
export interface Quantiles {
  p5: number;
  p25: number;
  p50: number;
  p75: number;
  p95: number;
}
export interface CategoricalDistribution {
  kind: 'categorical';
  bars: {
    category: string;
    reference: number;
    current: number;
    is_unseen: boolean;
    is_other: boolean;
  }[];
}
export interface DriftDetail {
  column: string;
  semantic: string;
  window: { start: string; end: string; n_rows: number };
  reference: { name: string; n_rows: number };
  decision: Decision;
  severity: Severity | null;
  reason: string | null;
  p_value_row: number | null;
  p_value_window: number | null;
  p_value_adjusted: number | null;
  inflation: number | null;
  n_windows_effective: number | null;
  effect: { name: string; value: number | null; floor: number | null };
  null_share: { reference: number; current: number };
  unseen_share: number | null;
  results: {
    method: string;
    variant: string | null;
    statistic: number | null;
    p_value: number | null;
    threshold: number | null;
    noise_floor: number | null;
    reason: string | null;
  }[];
  distribution: NumericDistribution | CategoricalDistribution | null;
  history: Series;
  previous_window_start: string | null;
  next_window_start: string | null;
}

export interface Judgement {
  window_start: string;
  w: number;
  z: number | null;
  p_value: number | null;
  decision: Decision;
}
export interface Performance {
  range: Range;
  sentence: Sentence;
  metric: string;
  metrics: string[];
  version: string | null;
  versions: string[];
  series: Series;
  compare: { version: string; series: Series }[];
  fast: Series | null;
  slow: Series | null;
  judgement: Judgement[];
  reference: {
    value: number | null;
    sd: number | null;
    n_windows: number | null;
    n_windows_effective: number | null;
  };
  months: {
    start: string;
    end: string;
    n: number;
    n_labelled: number;
    maturity: number | null;
    values: Record<string, number | null>;
  }[];
  maturity: {
    window_start: string;
    share_labelled: number;
    usual_share_at_age: number | null;
  }[];
  confusion: { tp: number; fp: number; fn: number; tn: number } | null;
  known_at: string | null;
  labels_through: string | null;
}

export interface SignalSet {
  items: {
    name: string;
    labels: Record<string, string>;
    points: { start: string; end: string; value: number | null; n: number; kind: PointKind }[];
  }[];
}

export interface IncidentList extends Page<IncidentSummary> {
  counts: { open: number; acknowledged: number; resolved: number };
}
export interface IncidentDetail extends IncidentSummary {
  what: string;
  since: string;
  why: Sentence;
  next: string;
  evidence: { column?: string | null; metric?: string | null; text: string; link: string | null }[];
  timeline: { at: string; known_at: string; kind: string; text: string; actor: string | null }[];
  series: Series | null;
  notifications: {
    channel: string;
    kind: 'firing' | 'resolved';
    state: 'pending' | 'delivered' | 'failed';
    attempts: number;
    last_error: string | null;
    at: string;
  }[];
}

export interface Session {
  actor: string;
  trusted_local: boolean;
  permissions: string[];
}
export interface Status {
  version: string;
  ready: boolean;
}
