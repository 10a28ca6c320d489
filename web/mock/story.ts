import { normal, random, round } from './random';

// The story the mock tells: a flight-delay model over nine months of 2013. Temperature leaves the
// range of the reference in summer, the score and the delay column move in September and again in
// December, and the AUC sinks with them.

export interface Day {
  idx: number;
  start: string;
  end: string;
  month: number;
  date: number;
  n_rows: number;
}

const dayMs = 86_400_000;

/** Midnight in New York as an instant: summer time ended on 3 November. */
function midnight(ms: number): string {
  const hour = ms > Date.UTC(2013, 10, 3) ? 5 : 4;
  return new Date(ms + hour * 3_600_000).toISOString().replace('.000Z', 'Z');
}

function makeDays(seed: string, from: number, n: number, rows: number): Day[] {
  const next = random(seed);
  return Array.from({ length: n }, (_, idx) => {
    const ms = from + idx * dayMs;
    const at = new Date(ms);
    const weekend = at.getUTCDay() === 6 ? 0.78 : 1;
    return {
      idx,
      start: midnight(ms),
      end: midnight(ms + dayMs),
      month: at.getUTCMonth() + 1,
      date: at.getUTCDate(),
      n_rows: Math.round(rows * weekend * (1 + 0.05 * normal(next))),
    };
  });
}

export interface ColumnStory {
  name: string;
  semantic: 'numeric' | 'categorical';
  role: 'feature' | 'prediction' | 'score';
  importance: number | null;
  /** Expected effect over its floor by month, April to December. */
  monthly: number[];
  noise: number;
  unit: string;
  centre: number;
  spread: number;
  categories: string[];
}

const flat = (v: number) => Array.from({ length: 9 }, () => v);
const numeric = (
  name: string,
  importance: number | null,
  monthly: number[],
  centre: number,
  spread: number,
  noise = 0.12,
): ColumnStory => ({
  name,
  semantic: 'numeric',
  role: 'feature',
  importance,
  monthly,
  noise,
  unit: '',
  centre,
  spread,
  categories: [],
});

const airports = ['ATL', 'LAX', 'SFO', 'ORD', 'MCO', 'BOS', 'CLT', 'FLL', 'MIA', 'DCA', 'SJU'];
const carriers = ['UA', 'B6', 'EV', 'DL', 'AA', 'MQ', 'US', '9E', 'WN', 'VX'];
const week = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

const categorical = (
  name: string,
  importance: number | null,
  monthly: number[],
  categories: string[],
): ColumnStory => ({ ...numeric(name, importance, monthly, 0, 1), semantic: 'categorical', categories });

export const flightColumns: ColumnStory[] = [
  {
    ...numeric('score', null, [0.5, 0.4, 0.7, 0.75, 0.5, 1.25, 0.9, 0.95, 1.9], 0.24, 0.1),
    role: 'score',
  },
  {
    ...categorical('prediction', null, [0.4, 0.3, 0.6, 0.6, 0.4, 1.05, 0.8, 0.8, 1.3], ['late', 'on time']),
    role: 'prediction',
  },
  numeric('origin_delay_2h', 0.241, [0.7, 0.5, 0.9, 1.0, 0.6, 1.6, 1.2, 1.1, 2.2], 11, 9, 0.35),
  numeric('sched_dep_hour', 0.187, flat(0.28), 13.4, 4.6, 0.05),
  categorical('dest', 0.121, [0.5, 0.5, 0.55, 0.6, 0.6, 0.62, 0.6, 0.6, 0.66], airports),
  numeric('temp', 0.094, [0.8, 1.4, 2.6, 3.6, 3.1, 2.2, 1.3, 0.7, 0.4], 42, 9, 0.3),
  numeric('humid', 0.071, [0.6, 0.5, 0.7, 0.7, 0.6, 0.6, 0.5, 0.6, 0.9], 58, 18, 0.25),
  categorical('carrier', 0.062, [0.3, 0.3, 0.4, 0.4, 0.4, 0.5, 0.5, 0.5, 0.5], carriers),
  numeric('wind_speed', 0.044, flat(0.55), 11, 5, 0.3),
  numeric('origin_departures_2h', 0.041, [0.3, 0.3, 0.4, 0.4, 0.4, 0.5, 0.4, 0.5, 0.7], 44, 12),
  numeric('pressure', 0.033, [0.4, 0.3, 0.5, 0.4, 0.3, 0.4, 0.4, 0.6, 0.6], 1017, 8, 0.3),
  numeric('sched_block_min', 0.031, flat(0.3), 168, 80, 0.06),
  numeric('distance', 0.024, flat(0.22), 1080, 700, 0.05),
  numeric('visib', 0.021, [0.2, 0.3, 0.4, 0.2, 0.2, 0.2, 0.3, 0.4, 1.15], 9.2, 1.9, 0.5),
  categorical('dow', 0.018, flat(0.2), week),
  numeric('plane_age', 0.006, [0.2, 0.2, 0.3, 0.3, 0.3, 0.4, 0.4, 0.4, 0.5], 11, 5, 0.06),
  numeric('plane_seats', 0.004, flat(0.25), 140, 60, 0.05),
  numeric('precip', 0.002, [0.3, 0.4, 0.7, 0.4, 0.3, 0.3, 0.2, 0.4, 0.6], 0.01, 0.03, 0.45),
];

export const loanColumns: ColumnStory[] = [
  { ...numeric('score', null, flat(0.35), 0.31, 0.12), role: 'score' },
  numeric('loan_amount', 0.32, flat(0.4), 18_200, 6_400),
  numeric('monthly_income', 0.28, flat(0.5), 3_450, 1_100),
  numeric('term_months', 0.16, flat(0.3), 52, 14),
  numeric('age', 0.11, flat(0.35), 41, 12),
  categorical('employment', 0.07, flat(0.3), ['employed', 'self-employed', 'retired', 'other']),
  categorical('region', 0.06, flat(0.4), ['north', 'south', 'east', 'west']),
];

export interface ModelStory {
  name: string;
  display_name: string;
  owner: string | null;
  tags: string[];
  time_zone: string;
  clock: 'live' | 'event';
  versions: string[];
  days: Day[];
  columns: ColumnStory[];
  /** Expected ROC AUC by month, April to December. */
  auc: number[];
  auc_reference: number;
  auc_floor: number;
}

export const flights: ModelStory = {
  name: 'flights',
  display_name: 'Flight delays',
  owner: 'Operations research',
  tags: ['demo', 'binary'],
  time_zone: 'America/New_York',
  clock: 'event',
  versions: ['v1', 'v2'],
  days: makeDays('flights', Date.UTC(2013, 3, 1), 275, 640),
  columns: flightColumns,
  auc: [0.69, 0.734, 0.707, 0.699, 0.676, 0.638, 0.669, 0.653, 0.686],
  auc_reference: 0.738,
  auc_floor: 0.7,
};

export const loans: ModelStory = {
  name: 'car_loan',
  display_name: 'Car loan default',
  owner: 'Credit risk',
  tags: ['demo'],
  time_zone: 'UTC',
  clock: 'event',
  versions: ['v1'],
  days: makeDays('loans', Date.UTC(2013, 9, 1), 92, 1150),
  columns: loanColumns,
  auc: Array.from({ length: 9 }, () => 0.842),
  auc_reference: 0.845,
  auc_floor: 0.82,
};

export const stories: ModelStory[] = [flights, loans];

const cache = new Map<string, number[]>();

/** Effect over floor of one column for every day of a model. */
export function effects(model: ModelStory, column: ColumnStory): number[] {
  const key = `${model.name}/${column.name}`;
  const known = cache.get(key);
  if (known) return known;
  const next = random(key);
  let carry = 0;
  const values = model.days.map((day) => {
    const at = Math.min(8, Math.max(0, day.month - 4));
    const to = Math.min(8, at + 1);
    const part = (day.date - 1) / 31;
    const mean = (column.monthly[at] ?? 0) * (1 - part) + (column.monthly[to] ?? 0) * part;
    carry = 0.6 * carry + normal(next) * column.noise;
    return round(Math.max(0.02, mean * (1 + carry * 0.5) + Math.abs(carry) * 0.15), 3);
  });
  cache.set(key, values);
  return values;
}

export function aucOf(model: ModelStory, version: string): (number | null)[] {
  const next = random(`${model.name}/auc/${version}`);
  const lift = version === 'v2' ? [0, 0, 0, 0, 0, 0.093, 0.03, 0.022, 0.026] : [];
  return model.days.map((day) => {
    const at = Math.min(8, Math.max(0, day.month - 4));
    const noise = normal(next) * 0.018;
    if (version === 'v2' && day.month < 9) return null;
    return round((model.auc[at] ?? 0.7) + (lift[at] ?? 0) + noise, 4);
  });
}
