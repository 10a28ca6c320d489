// Shapes of the closed loop: retraining, validation, rollout, registry, audit from api/openapi.json;
// A/B tests as the pages draw them (ab.ts makes them from what the server tells).
import type { components } from './schema';

type Shapes = components['schemas'];

export type Period = Shapes['Span'];

export type StageName = Shapes['PipelineStageName'];
export type StageState = Shapes['PipelineStageState'];
export type Stage = Shapes['PipelineStage'];
export type PipelineState = Shapes['PipelineState'];
export type PipelineSummary = Shapes['PipelineSummary'];
export type PipelineList = Shapes['PipelineList'];
export type Pipeline = Shapes['Pipeline'];

export type RetrainingRun = Shapes['RetrainingRun'];
export type RetrainingDetail = Shapes['RetrainingDetail'];
export type TriggerState = Shapes['TriggerState'];
export type TriggerReading = Shapes['TriggerReading'];
export type RetrainingDecision = Shapes['RetrainingDecision'];
export type RetrainingDecisionList = Shapes['RetrainingDecisionList'];

export type CheckState = Shapes['CheckState'];
export type CheckOutcome = Shapes['CheckOutcome'];
export type Check = Shapes['Check'];
export type Verdict = Shapes['Verdict'];
export type Validation = Shapes['Validation'];

export type RolloutPhase = Shapes['RolloutPhase'];
export type RolloutStage = Shapes['Stage'];
export type Reading = Shapes['Reading'];
export type RolloutStep = Shapes['RolloutStep'];
export type Rollout = Shapes['Rollout'];

export type RegistryList = Shapes['RegistryList'];
export type RegistryRow = Shapes['RegistryRow'];
export type Served = Shapes['Served'];
export type SignatureColumn = Shapes['SignatureColumn'];
export type ModelVersion = Shapes['ModelVersion'];
export type RegistryEvent = Shapes['RegistryEvent'];
export type RegisteredModel = Shapes['RegisteredModel'];
export type Changed = Shapes['ChangedText'] | Shapes['ChangedNumber'];
export type VersionDiff = Shapes['VersionDiff'];
export type Serving = Shapes['Serving'];

export type AbPlan = Shapes['AbPlan'];
export type AbDecision = Shapes['AbVerdict'];
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
  /** Users of a split; days of a shadow. */
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
  /** Whether its document names any. */
  has_segments: boolean;
  segments: AbSegment[];
  progress: {
    share_of_plan: number | null;
    days_left: number | null;
    minimum_effect: number | null;
  };
  series: {
    at: string;
    /** Users of a split; days of a shadow. */
    n: number;
    effect: number | null;
    low: number | null;
    high: number | null;
  }[];
}
export type AuditEntry = Shapes['AuditEntry'];
export type AuditList = Shapes['AuditList'];
export type AuditVerification = Shapes['AuditVerification'];
