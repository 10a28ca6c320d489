import { beforeEach, describe, expect, it } from 'vitest';
import {
  anInstant,
  parseSearch,
  readDrift,
  readIncidents,
  readPerformance,
  rejected,
  resolveMoment,
  stringifySearch,
} from '../src/lib/search';

beforeEach(() => {
  rejected.length = 0;
});

describe('what may stand in the address', () => {
  it('keeps what it knows', () => {
    const text =
      '?from=2013-09-01T04:00:00Z&to=2013-10-01T04:00:00Z&tz=America/New_York&by=psi&show=drifted&feature=origin_delay_2h&at=2013-09-12T04:00:00Z';
    const read = readDrift(parseSearch(text));
    expect(read).toEqual({
      from: '2013-09-01T04:00:00Z',
      to: '2013-10-01T04:00:00Z',
      tz: 'America/New_York',
      by: 'psi',
      show: 'drifted',
      feature: 'origin_delay_2h',
      at: '2013-09-12T04:00:00Z',
    });
    expect(stringifySearch({ ...read })).toBe(text);
    expect(rejected).toEqual([]);
  });

  it('drops what it does not know, and says so once', () => {
    const wrong = { by: 'magic', tz: 'Mars/Olympus', at: 'tomorrow', from: 'now-30d', extra: '1' };
    expect(readDrift(wrong)).toEqual({ from: 'now-30d' });
    readDrift(wrong);
    expect(rejected).toEqual(['tz=Mars/Olympus', 'by=magic', 'at=tomorrow']);
  });

  it('never throws, whatever is typed', () => {
    const odd = [
      '',
      ' ',
      '%',
      '0',
      '-1',
      'NaN',
      'null',
      '2013-99-99',
      '<script>',
      '{"a":1}',
      'x'.repeat(5000),
      '‮',
    ];
    for (const value of odd)
      for (const read of [readDrift, readPerformance, readIncidents])
        expect(() =>
          read({
            from: value,
            to: value,
            tz: value,
            at: value,
            by: value,
            state: value,
            known_at: value,
            severity: value,
          }),
        ).not.toThrow();
  });

  it('reads names that look like numbers as names', () => {
    expect(readDrift(parseSearch('?feature=123')).feature).toBe('123');
    expect(parseSearch(stringifySearch({ feature: 'a&b=c d/é' }))).toEqual({ feature: 'a&b=c d/é' });
  });
});

describe('instants', () => {
  it('are made whole', () => {
    expect(anInstant('2013-11-14')).toBe('2013-11-14T00:00:00Z');
    expect(anInstant('2013-11-14T06:00')).toBe('2013-11-14T06:00:00Z');
    expect(anInstant('2013-11-14T06:00+02:00')).toBe('2013-11-14T04:00:00Z');
    expect(anInstant('2013-13-14')).toBeUndefined();
  });

  it('may be relative to the model’s own clock', () => {
    expect(resolveMoment('now-30d', '2014-01-01T05:00:00Z')).toBe('2013-12-02T05:00:00Z');
    expect(resolveMoment('now-24h', '2014-01-01T05:00:00Z')).toBe('2013-12-31T05:00:00Z');
    expect(resolveMoment('now', '2014-01-01T05:00:00Z')).toBe('2014-01-01T05:00:00Z');
    expect(resolveMoment(undefined, '2014-01-01T05:00:00Z')).toBeUndefined();
  });
});
