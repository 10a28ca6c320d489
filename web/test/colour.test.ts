import { describe, expect, it } from 'vitest';
import { cellLook, heatStep, nSteps } from '../src/charts/ramp';
import { colour, heat, heatSteps, type Theme } from '../src/charts/tokens';

const channel = (c: number) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);

function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((i) => channel(parseInt(hex.slice(i, i + 2), 16) / 255));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [x, y] = [luminance(a), luminance(b)].toSorted((p, q) => q - p) as [number, number];
  return (x + 0.05) / (y + 0.05);
}

const themes: Theme[] = ['light', 'dark'];
type Name = keyof typeof colour;

const texts: [Name, Name][] = [
  ['text', 'canvas'],
  ['text', 'surface'],
  ['text', 'sunken'],
  ['text-2', 'canvas'],
  ['text-2', 'surface'],
  ['text-2', 'sunken'],
  ['text-3', 'canvas'],
  ['text-3', 'surface'],
  ['text-3', 'sunken'],
  ['accent', 'canvas'],
  ['accent', 'surface'],
  ['accent', 'sunken'],
  ['accent', 'accent-tint'],
  ['on-accent', 'accent'],
  ['current', 'surface'],
  ['challenger', 'surface'],
  ['critical-text', 'canvas'],
  ['critical-text', 'surface'],
  ['critical-text', 'critical-tint'],
  ['critical-text', 'sunken'],
  ['warning-text', 'canvas'],
  ['warning-text', 'surface'],
  ['warning-text', 'warning-tint'],
  ['ok-text', 'surface'],
  ['ok-text', 'ok-tint'],
];
const marks: [Name, Name][] = [
  ['critical-mark', 'canvas'],
  ['critical-mark', 'surface'],
  ['warning-mark', 'canvas'],
  ['warning-mark', 'surface'],
  ['ok-mark', 'canvas'],
  ['ok-mark', 'surface'],
  ['none', 'canvas'],
  ['none', 'surface'],
  ['reference', 'surface'],
  ['current', 'canvas'],
  ['current', 'surface'],
  ['challenger', 'canvas'],
  ['run-3', 'surface'],
  ['run-4', 'surface'],
  ['run-5', 'surface'],
  ['run-6', 'surface'],
];

describe.each(themes)('colours, %s', (theme) => {
  it.each(texts)('%s can be read on %s', (front, back) => {
    expect(contrast(colour[front][theme], colour[back][theme])).toBeGreaterThanOrEqual(4.5);
  });
  it.each(marks)('%s can be seen on %s', (front, back) => {
    expect(contrast(colour[front][theme], colour[back][theme])).toBeGreaterThanOrEqual(3);
  });

  it('has a ramp whose lightness always runs one way', () => {
    const steps = heat[theme].map(luminance);
    expect(steps).toHaveLength(nSteps);
    for (let i = 1; i < steps.length; i++) {
      const grows = (steps[i] ?? 0) - (steps[i - 1] ?? 0);
      expect(theme === 'light' ? -grows : grows, `step ${i}`).toBeGreaterThan(0);
    }
  });
});

describe('steps of the ramp', () => {
  it('turn warm exactly at the threshold', () => {
    expect(heatStep(0.9999)).toBe(heatSteps.below - 1);
    expect(heatStep(1)).toBe(heatSteps.below);
  });
  it('never go down as the score grows', () => {
    let last = 0;
    for (let v = 0; v < 8; v += 0.01) {
      const step = heatStep(v);
      expect(step).toBeGreaterThanOrEqual(last);
      expect(step).toBeLessThan(nSteps);
      last = step;
    }
    expect(heatStep(4)).toBe(nSteps - 1);
    expect(heatStep(1e9)).toBe(nSteps - 1);
    expect(heatStep(-1)).toBe(0);
    expect(heatStep(Number.NaN)).toBe(0);
  });
});

describe('cells', () => {
  it('are warm only when the rule decided so', () => {
    expect(cellLook(3, 'ok', true)).toEqual({ kind: 'step', step: heatSteps.below - 1 });
    expect(cellLook(1.2, 'drift', true).kind).toBe('step');
    expect(cellLook(0.4, 'drift', true)).toEqual({ kind: 'step', step: heatSteps.below });
  });
  it('show a distance as it is, whatever was decided', () =>
    expect(cellLook(3, 'ok', false)).toEqual({ kind: 'step', step: heatStep(3) }));
  it('are hatched when nothing was scored', () => {
    for (const d of ['not_enough_data', 'failed'] as const)
      expect(cellLook(2, d, false)).toEqual({ kind: 'hatch' });
    expect(cellLook(null, 'ok', false)).toEqual({ kind: 'hatch' });
    expect(cellLook(null, null, false)).toEqual({ kind: 'blank' });
  });
});
