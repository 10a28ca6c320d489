import { describe, expect, it } from 'vitest';
import {
  count,
  dash,
  duration,
  effect,
  exact,
  fixed,
  metric,
  middle,
  percent,
  points,
  pValue,
  signed,
  significant,
} from '../src/lib/format';

describe('counts', () => {
  it('keeps three significant digits and a unit', () => {
    expect(
      [0, 38, 999, 4182, 9999, 48_213, 864_301, 999_949, 999_951, 4_182_337, 20_500_000, 1.5e9].map(count),
    ).toEqual(['0', '38', '999', '4,182', '9,999', '48.2k', '864k', '1M', '1M', '4.18M', '20.5M', '1.5B']);
  });

  it('never shows four digits before a unit, whatever the size', () => {
    for (let v = 10_000; v < 1e12; v = Math.ceil(v * 1.0137))
      expect(count(v)).toMatch(/^\d{1,3}(\.\d{1,2})?[kMB]$/);
  });

  it('shows every digit when asked', () => expect(exact(-1234567)).toBe('−1,234,567'));
});

describe('measures', () => {
  it('writes AUC with three digits, PSI with two, milliseconds with none', () => {
    expect(metric('roc_auc', 0.68249)).toBe('0.682');
    expect(metric('psi', 0.4172)).toBe('0.42');
    expect(metric('latency_ms_p95', 37.6)).toBe('38');
  });

  it('uses a true minus and never a negative zero', () => {
    expect(signed(-0.0561, 3)).toBe('−0.056');
    expect(signed(0.0042, 3)).toBe('+0.004');
    expect(signed(-0.0001, 3)).toBe('0.000');
    expect(fixed(-0, 1)).toBe('0.0');
    expect(points(0.186)).toBe('+18.6');
  });

  it('has a dash for what does not exist', () => {
    for (const write of [count, exact, percent, pValue, effect, significant, points]) {
      expect(write(null)).toBe(dash);
      expect(write(undefined)).toBe(dash);
      expect(write(Number.NaN)).toBe(dash);
    }
  });

  it('does not pretend that a tiny p-value is known', () => {
    expect([0, 1e-30, 0.00099, 0.001, 0.0234, 0.27].map(pValue)).toEqual([
      '< 0.001',
      '< 0.001',
      '< 0.001',
      '0.001',
      '0.023',
      '0.27',
    ]);
  });

  it('writes values of any scale', () => {
    expect([0, 0.0123, 1017.3, 18_200, 1e-5].map((v) => significant(v))).toEqual([
      '0',
      '0.0123',
      '1,017.3',
      '18,200',
      '1e−5',
    ]);
  });
});

describe('durations', () => {
  it('uses two units at most', () => {
    const h = 3_600_000;
    expect([0, 40_000, 27 * 60_000, 6.5 * h, 24 * h, 52 * h, 141 * 24 * h].map(duration)).toEqual([
      '0 s',
      '40 s',
      '27 min',
      '6 h 30 min',
      '1 d',
      '2 d 4 h',
      '141 d',
    ]);
  });
});

describe('long names', () => {
  it('are cut in the middle, to the asked length', () => {
    const cut = middle('customer_transactions_last_30_days_sum', 21);
    expect(cut).toHaveLength(21);
    expect(cut.startsWith('customer_')).toBe(true);
    expect(cut.endsWith('_days_sum')).toBe(true);
    expect(middle('short', 21)).toBe('short');
  });
});
