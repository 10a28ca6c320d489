// Instants in the zone that the reader chose. Day boundaries come from the server; nothing here
// computes them, it only writes and labels them.

const cache = new Map<string, Intl.DateTimeFormat>();

function formatter(zone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = zone + JSON.stringify(options);
  let known = cache.get(key);
  if (!known) {
    known = new Intl.DateTimeFormat('en-GB', { timeZone: zone, ...options });
    cache.set(key, known);
  }
  return known;
}

export function isZone(zone: string): boolean {
  try {
    formatter(zone, {});
    return true;
  } catch {
    return false;
  }
}

export interface Clock {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  weekday: string;
}

const clockOptions: Intl.DateTimeFormatOptions = {
  year: 'numeric',
  month: 'numeric',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  weekday: 'short',
  hourCycle: 'h23',
};

/** The wall clock of an instant in a zone. */
export function clockAt(iso: string | number, zone: string): Clock {
  const parts = formatter(zone, clockOptions).formatToParts(new Date(iso));
  const read = (type: string) => parts.find((p) => p.type === type)?.value ?? '';
  return {
    year: Number(read('year')),
    month: Number(read('month')),
    day: Number(read('day')),
    hour: Number(read('hour')),
    minute: Number(read('minute')),
    weekday: read('weekday'),
  };
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const two = (n: number) => String(n).padStart(2, '0');

export const monthName = (c: Clock) => months[c.month - 1] ?? '';

const thisYear = (zone: string) => clockAt(Date.now(), zone).year;

/** "Sat 14 Nov", with the year when it is not the present one. */
export function day(iso: string, zone: string): string {
  const c = clockAt(iso, zone);
  const year = c.year === thisYear(zone) ? '' : ` ${c.year}`;
  return `${c.weekday} ${c.day} ${monthName(c)}${year}`;
}

export function shortDay(iso: string, zone: string): string {
  const c = clockAt(iso, zone);
  return `${c.day} ${monthName(c)}`;
}

export function time(iso: string, zone: string): string {
  const c = clockAt(iso, zone);
  return `${two(c.hour)}:${two(c.minute)}`;
}

/** "Sat 14 Nov, 06:00" */
export function moment(iso: string, zone: string): string {
  return `${day(iso, zone)}, ${time(iso, zone)}`;
}

/** A window's name: its day when it starts at midnight and lasts about a day, else with the hour. */
export function windowName(start: string, end: string | null, zone: string): string {
  const hours = end === null ? 24 : (Date.parse(end) - Date.parse(start)) / 3_600_000;
  const c = clockAt(start, zone);
  if (hours > 24 * 27) return `${monthName(c)} ${c.year}`;
  if (hours > 26) return `Week of ${day(start, zone)}`;
  return hours >= 23 && c.hour === 0 ? day(start, zone) : moment(start, zone);
}

/** "2 Dec to 31 Dec 2013": the last day is the one before a half-open end at midnight. */
export function spanName(from: string, to: string, zone: string): string {
  const last = new Date(Date.parse(to) - 1).toISOString();
  const a = clockAt(from, zone);
  const b = clockAt(last, zone);
  const year = ` ${b.year}`;
  const left = `${a.day} ${monthName(a)}${a.year === b.year ? '' : ` ${a.year}`}`;
  return a.day === b.day && a.month === b.month && a.year === b.year
    ? `${left}${year}`
    : `${left} to ${b.day} ${monthName(b)}${year}`;
}

/** The date in a zone as an HTML date field wants it. */
export function dateField(iso: string, zone: string): string {
  const c = clockAt(iso, zone);
  return `${c.year}-${two(c.month)}-${two(c.day)}`;
}

/** Midnight of a date field in a zone, as an instant. */
export function fromDateField(value: string, zone: string): string {
  const wanted = Date.parse(`${value}T00:00:00Z`);
  let at = wanted;
  // Two rounds settle the offset on both sides of a daylight change.
  for (let i = 0; i < 2; i++) {
    const c = clockAt(at, zone);
    at += wanted - Date.UTC(c.year, c.month - 1, c.day, c.hour, c.minute);
  }
  return instant(at);
}

export function instant(ms: number): string {
  return new Date(ms).toISOString().replace('.000Z', 'Z');
}

export function zoneName(zone: string): string {
  return zone === 'UTC' || zone === 'Etc/UTC' ? 'UTC' : (zone.split('/').pop() ?? zone).replaceAll('_', ' ');
}

export function browserZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';
}

export interface Tick {
  idx: number;
  label: string;
}

/** Which of the windows carry a label on the axis: days, Mondays or firsts of a month. */
export function timeTicks(starts: string[], zone: string, max: number): Tick[] {
  const first = starts[0];
  const last = starts.at(-1);
  if (!first || !last) return [];
  const clocks = starts.map((s) => clockAt(s, zone));
  const days = (Date.parse(last) - Date.parse(first)) / 86_400_000;
  // Windows of a day or more never carry hours.
  const isDaily = starts.length < 2 || Date.parse(starts[1] ?? last) - Date.parse(first) > 20 * 3_600_000;
  // Seen from another zone a day need not start at midnight; it is a day all the same.
  const beginsDay = (c: Clock) => isDaily || c.hour === 0;
  // Weeks rarely start on the first, so the first window inside a month stands for it.
  const beginsMonth = (c: Clock, before: Clock | undefined) =>
    before === undefined ? c.day === 1 : beginsDay(c) && c.month !== before.month;
  const rules: { test: (c: Clock, before: Clock | undefined) => boolean; label: (c: Clock) => string }[] = [
    { test: () => true, label: (c) => `${two(c.hour)}:${two(c.minute)}` },
    {
      test: (c) => c.hour % 6 === 0,
      label: (c) => (c.hour === 0 ? `${c.day} ${monthName(c)}` : `${two(c.hour)}:00`),
    },
    { test: (c) => beginsDay(c), label: (c) => `${c.day} ${monthName(c)}` },
    { test: (c) => beginsDay(c) && c.day % 2 === 1 && c.day < 31, label: (c) => `${c.day} ${monthName(c)}` },
    { test: (c) => beginsDay(c) && c.weekday === 'Mon', label: (c) => `${c.day} ${monthName(c)}` },
    { test: (c) => beginsDay(c) && (c.day === 1 || c.day === 15), label: (c) => `${c.day} ${monthName(c)}` },
    {
      test: beginsMonth,
      label: (c) => (c.month === 1 ? String(c.year) : monthName(c)),
    },
    {
      test: (c, before) => beginsMonth(c, before) && c.month % 3 === 1,
      label: (c) => (c.month === 1 ? String(c.year) : monthName(c)),
    },
  ];
  const start = days > 75 ? 6 : days > 3 || isDaily ? 2 : 0;
  for (const rule of rules.slice(start)) {
    const ticks = clocks.flatMap((c, idx) =>
      rule.test(c, clocks[idx - 1]) ? [{ idx, label: rule.label(c) }] : [],
    );
    if (ticks.length <= max && (ticks.length > 1 || start === 0)) return ticks;
  }
  const step = Math.ceil(starts.length / max);
  return clocks.flatMap((c, idx) => (idx % step === 0 ? [{ idx, label: `${c.day} ${monthName(c)}` }] : []));
}
