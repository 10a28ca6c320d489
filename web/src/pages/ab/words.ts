import type { AbDecision, Measure } from '../../api/loop_shapes';
import type { IntervalTone } from '../../charts/Interval';
import type { Kind } from '../../ui/Mark';

export const decisionWords: Record<AbDecision, string> = {
  ship: 'Ship',
  keep: 'Keep the champion',
  no_difference: 'No difference',
  blocked_by_sample_ratio: 'Blocked: sample ratio',
  undecided: 'Undecided',
};
export const decisionKinds: Record<AbDecision, Kind> = {
  ship: 'ok',
  keep: 'warning',
  no_difference: 'none',
  blocked_by_sample_ratio: 'critical',
  undecided: 'collecting',
};

export const measureWords: Record<Measure['verdict'], string> = {
  better: 'Better',
  worse: 'Worse',
  equal: 'Equal',
  holds: 'Holds',
  breached: 'Breached',
  undecided: 'Undecided',
};
export const measureKinds: Record<Measure['verdict'], Kind> = {
  better: 'ok',
  worse: 'critical',
  equal: 'none',
  holds: 'ok',
  breached: 'critical',
  undecided: 'collecting',
};
export function measureTone(verdict: Measure['verdict']): IntervalTone {
  if (verdict === 'better') return 'good';
  if (verdict === 'worse' || verdict === 'breached') return 'bad';
  return verdict === 'undecided' ? 'unsure' : 'plain';
}
