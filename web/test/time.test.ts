import { describe, expect, it } from 'vitest';
import { monthEnds } from '../src/pages/performance/KnownAt';
import {
  clockAt,
  dateField,
  day,
  fromDateField,
  isZone,
  spanName,
  timeTicks,
  windowName,
} from '../src/lib/time';

const zones = [
  'UTC',
  'America/New_York',
  'Europe/Paris',
  'Asia/Kolkata',
  'Pacific/Chatham',
  'America/St_Johns',
  'Australia/Lord_Howe',
];

describe('zones', () => {
  it('knows which exist', () => {
    expect(isZone('America/New_York')).toBe(true);
    expect(isZone('Mars/Olympus')).toBe(false);
  });

  it('turns a date field into that day’s midnight, across daylight changes', () => {
    for (const zone of zones)
      for (let d = 0; d < 366; d += 1) {
        const date = new Date(Date.UTC(2024, 0, 1) + d * 86_400_000).toISOString().slice(0, 10);
        const at = fromDateField(date, zone);
        expect(dateField(at, zone), `${zone} ${date}`).toBe(date);
        expect(clockAt(at, zone), `${zone} ${date}`).toMatchObject({ hour: 0, minute: 0 });
      }
  });
});

describe('names of windows', () => {
  const zone = 'America/New_York';
  it('are days when they are days, also of 23 and 25 hours', () => {
    expect(windowName('2013-12-19T05:00:00Z', '2013-12-20T05:00:00Z', zone)).toBe('Thu 19 Dec 2013');
    expect(windowName('2013-03-10T05:00:00Z', '2013-03-11T04:00:00Z', zone)).toBe('Sun 10 Mar 2013');
    expect(windowName('2013-11-03T04:00:00Z', '2013-11-04T05:00:00Z', zone)).toBe('Sun 3 Nov 2013');
  });
  it('carry the hour when they are hours', () =>
    expect(windowName('2013-08-14T16:00:00Z', '2013-08-14T17:00:00Z', zone)).toBe('Wed 14 Aug 2013, 12:00'));
  it('leave the present year out', () => {
    const year = new Date().getUTCFullYear();
    expect(day(`${year}-06-15T12:00:00Z`, 'UTC')).not.toContain(String(year));
  });
  it('name the last whole day of a half-open span', () => {
    expect(spanName('2013-12-02T05:00:00Z', '2014-01-01T05:00:00Z', zone)).toBe('2 Dec to 31 Dec 2013');
    expect(spanName('2013-12-25T00:00:00Z', '2014-01-03T00:00:00Z', 'UTC')).toBe('25 Dec 2013 to 2 Jan 2014');
    expect(spanName('2013-12-25T00:00:00Z', '2013-12-26T00:00:00Z', 'UTC')).toBe('25 Dec 2013');
  });
});

describe('ticks', () => {
  const days = (n: number) =>
    Array.from({ length: n }, (_, i) => new Date(Date.UTC(2013, 3, 1) + i * 86_400_000).toISOString());
  it('are never more than asked and stand on round dates', () => {
    for (const n of [1, 2, 7, 30, 42, 90, 275, 720])
      for (const max of [2, 4, 8, 12]) {
        const ticks = timeTicks(days(n), 'UTC', max);
        expect(ticks.length, `${n} days, ${max}`).toBeLessThanOrEqual(max);
      }
    expect(timeTicks(days(275), 'UTC', 12).map((t) => t.label)).toEqual([
      'Apr',
      'May',
      'Jun',
      'Jul',
      'Aug',
      'Sep',
      'Oct',
      'Nov',
      'Dec',
    ]);
    expect(timeTicks(days(30), 'UTC', 6).map((t) => t.label)).toEqual([
      '1 Apr',
      '8 Apr',
      '15 Apr',
      '22 Apr',
      '29 Apr',
    ]);
  });
  it('are days also when the days are seen from another zone', () => {
    const labels = timeTicks(days(30), 'America/New_York', 6).map((t) => t.label);
    expect(labels.length).toBeGreaterThan(2);
    expect(labels.every((l) => /^\d+ \w{3}$/.test(l))).toBe(true);
    expect(timeTicks(days(3), 'UTC', 6).map((t) => t.label)).toEqual(['1 Apr', '2 Apr', '3 Apr']);
  });
  it('name the months of weeks, though weeks start on any day', () => {
    const weeks = Array.from({ length: 30 }, (_, i) =>
      new Date(Date.UTC(2019, 1, 4) + i * 7 * 86_400_000).toISOString(),
    );
    expect(timeTicks(weeks, 'UTC', 8).map((t) => t.label)).toEqual([
      'Mar',
      'Apr',
      'May',
      'Jun',
      'Jul',
      'Aug',
    ]);
  });
  it('show hours for a day of hours', () => {
    const hours = Array.from({ length: 24 }, (_, i) => new Date(Date.UTC(2013, 7, 14, i)).toISOString());
    expect(timeTicks(hours, 'UTC', 6).map((t) => t.label)).toEqual(['14 Aug', '06:00', '12:00', '18:00']);
  });
});

describe('ends of months', () => {
  it('follow the zone, over the turn of a year', () => {
    expect(monthEnds('2013-10-05T00:00:00Z', '2014-02-03T00:00:00Z', 'America/New_York')).toEqual([
      '2013-11-01T03:59:59Z',
      '2013-12-01T04:59:59Z',
      '2014-01-01T04:59:59Z',
      '2014-02-01T04:59:59Z',
    ]);
    expect(monthEnds('2013-10-05T00:00:00Z', '2013-10-06T00:00:00Z', 'UTC')).toEqual([]);
  });
});
