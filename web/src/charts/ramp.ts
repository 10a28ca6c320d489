import type { Decision } from '../api/shapes';
import { heatSteps } from './tokens';

const { below, above } = heatSteps;

/** Number of colours on the ramp. */
export const nSteps = below + above;

/**
 * The step of a score divided by its threshold: greys below 1, then warm colours on a log2 scale
 * that ends at 4 times the threshold.
 */
export function heatStep(ratio: number): number {
  if (!(ratio >= 1)) return Math.min(below - 1, Math.max(0, Math.floor(ratio * below)) || 0);
  const part = Math.min(1, Math.log2(ratio) / 2);
  return below + Math.min(above - 1, Math.floor(part * above));
}

export type CellLook = { kind: 'step'; step: number } | { kind: 'hatch' } | { kind: 'blank' };

/**
 * How a cell looks. By decision, colour is kept for cells that were decided as drift, so a large
 * effect that the rule does not count stays grey.
 */
export function cellLook(v: number | null, decision: Decision | null, byDecision: boolean): CellLook {
  if (decision === 'not_enough_data' || decision === 'failed') return { kind: 'hatch' };
  if (v === null) return { kind: decision === null ? 'blank' : 'hatch' };
  const step = heatStep(v);
  if (!byDecision) return { kind: 'step', step };
  if (decision === 'drift' || decision === 'breach') return { kind: 'step', step: Math.max(step, below) };
  return { kind: 'step', step: Math.min(step, below - 1) };
}
