// Shapes of the closed loop: retraining, validation, rollout, registry, A/B tests, audit.
import type { Sentence } from './shapes';

export interface Period {
  start: string;
  end: string;
}

export type StageName = 'trigger' | 'data' | 'train' | 'validate' | 'shadow' | 'canary' | 'ab' | 'full';
export type StageState = 'done' | 'running' | 'waiting' | 'failed' | 'skipped' | 'ahead';
export interface Stage {
  name: StageName;
  state: StageState;
  /** Wall clock at which it was entered. */
  at: string | null;
  /** The model's own clock at that moment. */
  event_at: string | null;
  text: string | null;
}

export type PipelineState = 'suggested' | 'running' | 'waiting' | 'shipped' | 'stopped' | 'rolled_back';
/** One way of one candidate, from what set it off to all traffic. */
export interface PipelineSummary {
  id: string;
  model: string;
  state: PipelineState;
  version: string | null;
  champion: string | null;
  sentence: Sentence;
  cause: string | null;
  began_at: string;
  event_at: string | null;
  ended_at: string | null;
  stages: Stage[];
  retraining: string | null;
  validation: string | null;
  rollout: string | null;
}
export interface PipelineList {
  sentence: Sentence;
  items: PipelineSummary[];
  next: string | null;
}
export interface Pipeline extends PipelineSummary {
  run: RetrainingRun | null;
  gate: Validation | null;
  traffic: Rollout | null;
}

export interface Approval {
  person: string;
  actor: string;
  at: string;
  note: string | null;
}
export interface RetrainingRun {
  id: string;
  model: string;
  policy: string;
  policy_version: number;
  cause: { key: string; trigger: string | null; text: string };
  priority: 'low' | 'normal' | 'high' | 'critical';
  requested_by: string;
  requested_at: string;
  event_at: string;
  is_suggestion: boolean;
  approvals_needed: number;
  approvals: Approval[];
  period: Period;
  state: string;
  state_since: string;
  n_attempts: number;
  last_error: string | null;
  snapshot: { id: string; sha256: string; period: Period; n_rows: number } | null;
  submitted_at: string | null;
  external_id: string | null;
  job_url: string | null;
  result: { version: string | null; run_id: string | null } | null;
  validation: string | null;
  rollout: string | null;
  end_reason: string | null;
  ended_at: string | null;
}
export interface RetrainingDetail extends RetrainingRun {
  log: string | null;
}

export type TriggerState = 'fired' | 'held' | 'quiet';
export interface TriggerReading {
  name: string;
  kind: string;
  state: TriggerState;
  reason: string;
}
export interface RetrainingDecision {
  at: string;
  event_at: string | null;
  policy: string;
  outcome: 'fired' | 'held' | 'suggested' | 'quiet';
  text: string;
  triggers: TriggerReading[];
  guards: { guard: string; holds_back: boolean; reason: string }[];
}

export type CheckState =
  'better' | 'equal' | 'worse' | 'passed' | 'failed' | 'could_not_decide' | 'could_not_compute';
export type CheckOutcome = 'fail' | 'undecided' | 'pass';
export interface Check {
  name: string;
  title: string;
  state: CheckState;
  outcome: CheckOutcome;
  required: boolean;
  champion: number | null;
  candidate: number | null;
  value: number | null;
  low: number | null;
  high: number | null;
  limit: number | null;
  wanted: 'at_least' | 'at_most' | null;
  unit: string;
  reason: string;
}
export type Verdict = 'passed' | 'failed' | 'could_not_decide';
export interface Validation {
  id: string;
  model: string;
  candidate: string;
  champion: string | null;
  policy: string;
  state: 'running' | 'finished' | 'failed' | 'interrupted';
  verdict: Verdict | null;
  sentence: string;
  checks: Check[];
  requested_by: string;
  requested_at: string;
  finished_at: string | null;
  period?: Period | null;
  n_rows?: number | null;
}

export type RolloutPhase =
  'running' | 'paused' | 'promoting' | 'rolling_back' | 'completed' | 'rolled_back' | 'superseded';
export type RolloutStage = 'shadow' | 'canary' | 'ab' | 'full';
export interface Reading {
  name: string;
  state: string;
  value: number | null;
  limit: number | null;
  text: string;
}
export interface RolloutStep {
  stage: RolloutStage;
  share_percent: number;
  state: 'done' | 'running' | 'ahead';
  entered_at: string | null;
  text: string | null;
}
export interface Rollout {
  id: string;
  model: string;
  champion: string;
  challenger: string;
  validation: string;
  phase: RolloutPhase;
  stage: RolloutStage;
  share_percent: number;
  step: number;
  steps: RolloutStep[];
  started_at: string;
  started_event_at: string | null;
  started_by: string;
  reason: string;
  ending: { at: string; by: string; reason: string; guardrail: string | null } | null;
  findings: {
    n_challenger: number;
    n_champion: number;
    hours: number;
    waits_for: string[];
    guardrails: Reading[];
    conditions: Reading[];
  };
  history: { at: string; event_at: string | null; kind: string; step: number; actor: string; text: string }[];
}

export interface RegistryRow {
  model: string;
  champion: string | null;
  challenger: string | null;
  n_versions: number;
  changed_at: string | null;
  changed_text: string | null;
  served: Served[];
}
export interface Served {
  version: string;
  from: string;
  to: string | null;
  actor: string;
  reason: string | null;
  kind: 'promoted' | 'rolled_back' | 'set_by_hand';
}
export interface SignatureColumn {
  name: string;
  type: string;
}
export interface ModelVersion {
  version: string;
  number: number;
  stage: string | null;
  aliases: string[];
  status: string;
  created_at: string;
  created_by: string | null;
  description: string | null;
  tags: Record<string, string>;
  run_id: string | null;
  run_name: string | null;
  experiment_id: string | null;
  source: string | null;
  lineage: {
    snapshot: { id: string; sha256: string; period: Period | null; n_rows: number | null } | null;
    code_revision: string | null;
    run_id: string | null;
  };
  artifact: { path: string; sha256: string; size_bytes: number; verified: boolean | null } | null;
  signature: { inputs: SignatureColumn[]; outputs: SignatureColumn[] } | null;
  metrics: Record<string, number>;
  params: Record<string, string>;
  approvals: { actor: string; at: string; reason: string | null }[];
  validation: { id: string; verdict: Verdict | null } | null;
}
export interface RegistryEvent {
  at: string;
  kind: string;
  version: string | null;
  alias: string | null;
  before: string | null;
  after: string | null;
  actor: string;
  reason: string | null;
}
export interface RegisteredModel {
  model: string;
  description: string | null;
  tags: Record<string, string>;
  aliases: { alias: string; version: string }[];
  versions: ModelVersion[];
  served: Served[];
  history: RegistryEvent[];
}
export interface Changed {
  name: string;
  before: string | number | null;
  after: string | number | null;
}
export interface VersionDiff {
  from: string;
  to: string;
  params: Changed[];
  metrics: Changed[];
  signature: Changed[];
  lineage: Changed[];
  tags: Changed[];
  n_same_params: number;
}
export interface Serving {
  at: string;
  version: string | null;
  since: string | null;
  until: string | null;
  actor: string | null;
  reason: string | null;
}

export interface Measure {
  name: string;
  title: string;
  unit: string;
  good_direction: 'up' | 'down';
  champion: number | null;
  challenger: number | null;
  effect: number | null;
  low: number | null;
  high: number | null;
  p_value: number | null;
  limit: number | null;
  verdict: 'better' | 'worse' | 'equal' | 'holds' | 'breached' | 'undecided';
  text: string;
}
export interface AbSegment extends Measure {
  segment: string;
  n_champion: number;
  n_challenger: number;
}
export type AbDecision = 'ship' | 'keep' | 'no_difference' | 'blocked_by_sample_ratio' | 'undecided';
export interface AbTestSummary {
  id: string;
  model: string;
  name: string;
  champion: string;
  challenger: string;
  is_shadow: boolean;
  state: 'running' | 'stopped' | 'finished';
  /** On the model's own clock. */
  began_at: string;
  ended_at: string | null;
  sentence: string;
  decision: AbDecision;
  decision_text: string;
  decided_at: string | null;
  n_exposed: number;
  primary: Measure | null;
  /** Absent for a shadow, and before the first look. */
  sample_ratio: {
    ok: boolean;
    expected_share: number;
    n_champion: number;
    n_challenger: number;
    p_value: number;
  } | null;
}
export interface AbTest extends AbTestSummary {
  guardrails: Measure[];
  segments: AbSegment[];
  progress: {
    share_of_plan: number | null;
    days_left: number | null;
    minimum_effect: number | null;
  };
  series: {
    at: string;
    n_champion: number;
    n_challenger: number;
    effect: number | null;
    low: number | null;
    high: number | null;
  }[];
}
export interface AbPlan {
  n_fixed: number;
  n_sequential_median: number;
  n_sequential_max: number;
  days_fixed: number | null;
  days_sequential_median: number | null;
}

export interface AuditEntry {
  number: number;
  at: string;
  actor: string;
  action: string;
  model: string | null;
  object: string;
  text: string;
  before: unknown;
  after: unknown;
  reason: string | null;
  previous_hash: string;
  hash: string;
}
export interface AuditHead {
  number: number;
  hash: string;
}
export interface AuditList {
  items: AuditEntry[];
  next: string | null;
  head: AuditHead;
}
export interface AuditVerification {
  intact: boolean;
  head: AuditHead;
  broken: { number: number; reason: string } | null;
  expected: { hash: string; number: number | null } | null;
}
