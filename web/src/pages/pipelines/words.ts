import type { Check, CheckState, PipelineState } from '../../api/loop_shapes';
import type { IntervalTone } from '../../charts/Interval';
import type { Kind } from '../../ui/Mark';

export const pipelineWords: Record<PipelineState, string> = {
  running: 'Running',
  waiting: 'Waits for a person',
  suggested: 'Suggested',
  shipped: 'Shipped',
  stopped: 'Stopped',
  rolled_back: 'Rolled back',
};
export const pipelineKinds: Record<PipelineState, Kind> = {
  running: 'collecting',
  waiting: 'warning',
  suggested: 'notice',
  shipped: 'ok',
  stopped: 'none',
  rolled_back: 'critical',
};
/** What needs a person first, then what moves, then what is over. */
export const pipelineOrder: PipelineState[] = [
  'waiting',
  'suggested',
  'running',
  'rolled_back',
  'shipped',
  'stopped',
];
export const isOver = (state: PipelineState) =>
  state === 'shipped' || state === 'stopped' || state === 'rolled_back';

export const checkWords: Record<CheckState, string> = {
  better: 'Better',
  equal: 'Equal',
  worse: 'Worse',
  passed: 'Passed',
  failed: 'Failed',
  could_not_decide: 'Undecided',
  could_not_compute: 'No number',
};

/** Nothing was measured, or too little: never green, whatever the policy makes of it. */
const isOpen = (c: Check) => c.state === 'could_not_decide' || c.state === 'could_not_compute';

export function checkKind(c: Check): Kind {
  if (isOpen(c) && c.outcome === 'pass') return 'none';
  if (c.outcome === 'pass') return 'ok';
  if (c.outcome === 'undecided') return c.required ? 'warning' : 'none';
  return c.required ? 'critical' : 'notice';
}

export function checkTone(c: Check): IntervalTone {
  if (c.outcome === 'fail') return 'bad';
  if (c.outcome === 'undecided' || isOpen(c)) return 'unsure';
  return c.state === 'better' ? 'good' : 'plain';
}

/** A check's value is the candidate's own number, or its difference from the champion's. */
export const isDifference = (c: Check) =>
  c.value !== null && c.champion !== null && c.candidate !== null && c.value !== c.candidate;
