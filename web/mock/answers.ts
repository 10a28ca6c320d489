import type {
  CellState,
  DriftMap,
  Fleet,
  FleetModel,
  ModelDetail,
  ModelList,
  Overview,
  Sentence,
  SignalSet,
} from '../src/api/shapes';
import { driftMap } from './drift';
import { changes, currentIncidents } from './incidents';
import { aucSeries, maturityOf, meanOf } from './performance';
import { normal, random, round } from './random';
import { type Day, type ModelStory, stories } from './story';
import { annotations, type Asked, chosen, text } from './windows';

export function overview(model: ModelStory, asked: Asked): Overview {
  const { range, days } = chosen(model, asked);
  const perf = aucSeries(model, days);
  const slow = meanOf(aucSeries(model, model.days), 7, 'slow');
  const map = driftMap(model, asked);
  const cells = (f: (d: Day, i: number) => { state: CellState; value: number | null; text: string }) =>
    days.map((d, i) => ({ window_start: d.start, ...f(d, i) }));
  const isFault = (d: Day) => model.name === 'flights' && d.month === 8 && d.date === 14;
  return {
    range,
    sentence: overviewSentence(model, map),
    facts: {
      version: model.versions[0]!,
      n_predictions: days.reduce((a, d) => a + d.n_rows, 0),
      n_labels: Math.round(days.reduce((a, d) => a + d.n_rows * maturityOf(model, d), 0)),
      label_maturity: 0.968,
      last_result_at: new Date(Date.now() - 42_000).toISOString(),
      inputs_checked: { done: model.columns.length - 2, total: model.columns.length - 2 },
    },
    lanes: [
      {
        name: 'performance',
        cells: cells((d) => {
          const v = slow.points[d.idx]?.v ?? null;
          const below = v !== null && v < model.auc_floor - 0.015;
          return {
            state: v === null ? 'no_data' : below ? 'critical' : v < model.auc_floor ? 'warning' : 'ok',
            value: v,
            text: `ROC AUC ${v?.toFixed(3) ?? '–'}, mean of 7 days`,
          };
        }),
      },
      {
        name: 'drift',
        cells: cells((_, i) => {
          const w = map.windows[i]!;
          const state: CellState =
            w.decision === 'not_enough_data'
              ? 'no_data'
              : w.n_drifted > 3
                ? 'critical'
                : w.n_drifted > 0
                  ? 'warning'
                  : 'ok';
          return {
            state,
            value: w.n_drifted,
            text: `${w.n_drifted} of ${model.columns.length} columns drifted`,
          };
        }),
      },
      {
        name: 'data_quality',
        cells: cells((d) => ({
          state: d.month === 12 && d.date === 14 && model.name === 'flights' ? 'warning' : 'ok',
          value: 0.996,
          text: '99.6% of rows valid',
        })),
      },
      {
        name: 'service',
        cells: cells((d) => ({
          state: isFault(d) ? 'critical' : 'ok',
          value: isFault(d) ? 110 : 38,
          text: `p95 ${isFault(d) ? 110 : 38} ms`,
        })),
      },
      {
        name: 'volume',
        cells: cells((d) => ({
          state: d.month === 12 && d.date === 25 && model.name === 'flights' ? 'no_data' : 'ok',
          value: d.n_rows,
          text: `${d.n_rows} predictions`,
        })),
      },
    ],
    incidents: currentIncidents().filter(
      (i) =>
        i.model === model.name &&
        i.opened_at < range.to &&
        (i.resolved_at === null || i.resolved_at > range.from),
    ),
    performance: perf,
    annotations: annotations(model, days),
    top_columns: map.columns
      .map((c) => ({
        column: c.name,
        effect: c.effect_last,
        effect_name: c.effect_name,
        drifting_since: c.drifting_since,
        share_of_windows_drifted: round(
          c.cells.filter((x) => x.decision === 'drift').length / Math.max(1, c.cells.length),
          3,
        ),
      }))
      .toSorted((a, b) => b.share_of_windows_drifted - a.share_of_windows_drifted)
      .slice(0, 6),
  };
}

function overviewSentence(model: ModelStory, map: DriftMap): Sentence {
  if (model.name !== 'flights')
    return text('Performance holds: ROC AUC 0.842, reference 0.845. No input drifts.');
  const parts: Sentence['parts'] = [
    { text: 'ROC AUC 0.686, under the 0.700 floor.', strong: true },
    { text: ' ' },
    ...map.sentence.parts,
  ];
  return { plain: parts.map((p) => p.text).join(''), parts };
}

function fleetModel(model: ModelStory): FleetModel {
  const days = model.days.slice(-30);
  const map = driftMap(model, new URLSearchParams());
  const auc = meanOf(aucSeries(model, model.days), 14, '').points.at(-1)!.v!;
  const drifted = map.columns.filter((c) => c.decision_last === 'drift').length;
  return {
    model: model.name,
    display_name: model.display_name,
    version: model.versions[0]!,
    owner: model.owner,
    tags: model.tags,
    status: model.name === 'flights' ? 'critical' : 'ok',
    health: days.map((d, i) => {
      const n = map.windows[i]!.n_drifted;
      const critical = model.name === 'flights' && d.date > 18 && d.month === 12;
      return {
        window_start: d.start,
        state:
          map.windows[i]!.decision === 'not_enough_data'
            ? 'no_data'
            : critical
              ? 'critical'
              : n > 1
                ? 'warning'
                : 'ok',
      };
    }),
    performance: {
      metric: 'roc_auc',
      value: auc,
      lo: round(auc - 0.012),
      hi: round(auc + 0.012),
      floor: model.auc_floor,
      kind: 'measured',
      change_from_reference: round(auc - model.auc_reference, 3),
      maturity: 0.968,
    },
    drift: { n_drifted: drifted, n_columns: model.columns.length },
    rows_valid_share: model.name === 'flights' ? 0.996 : 1,
    volume: model.days.slice(-48).map((d) => d.n_rows),
    n_predictions_last_window: days.at(-1)!.n_rows,
    latency_ms_p95: model.name === 'flights' ? 38 : null,
    data_through: model.days.at(-1)!.end,
    clock: model.clock,
    n_open_incidents: currentIncidents().filter((i) => i.model === model.name && i.state !== 'resolved')
      .length,
  };
}

const quiet = (
  model: string,
  status: FleetModel['status'],
  display_name: string,
  owner: string,
  seed: string,
): FleetModel => {
  const next = random(seed);
  const has = status !== 'no_data' && status !== 'collecting';
  return {
    model,
    display_name,
    version: 'v3',
    owner,
    tags: [],
    status,
    health: Array.from({ length: 30 }, (_, i) => ({
      window_start: new Date(Date.UTC(2013, 11, 2 + i)).toISOString(),
      state:
        status === 'collecting'
          ? 'no_data'
          : status === 'no_data' && i > 27
            ? 'no_data'
            : status === 'warning' && i > 26
              ? 'warning'
              : 'ok',
    })),
    performance: has
      ? {
          metric: 'roc_auc',
          value: round(0.78 + next() * 0.1, 3),
          lo: 0.79,
          hi: 0.86,
          floor: 0.76,
          kind: 'estimated',
          change_from_reference: 0.004,
          maturity: null,
        }
      : null,
    drift: { n_drifted: status === 'warning' ? 1 : 0, n_columns: status === 'collecting' ? 0 : 24 },
    rows_valid_share: has ? (status === 'warning' ? 0.969 : 0.999) : null,
    volume:
      status === 'collecting'
        ? []
        : Array.from({ length: 48 }, (_, i) =>
            Math.max(0, Math.round(9000 + 2500 * Math.sin(i / 3.6) + 300 * normal(next))),
          ),
    n_predictions_last_window: has ? 9120 : 0,
    latency_ms_p95: has ? 71 : null,
    data_through: status === 'collecting' ? null : '2013-12-31T23:00:00Z',
    clock: 'event',
    n_open_incidents: status === 'warning' ? 1 : 0,
  };
};

const extras = () => [
  quiet('churn_propensity', 'warning', 'Churn propensity', 'Growth', 'churn'),
  quiet('line_inspection', 'no_data', 'Line inspection', 'Plant Lyon', 'line'),
  quiet('bank_marketing', 'ok', 'Bank marketing', 'Growth', 'bank'),
  quiet('rental_demand', 'collecting', 'Rental demand', 'Pricing', 'rental'),
];

export function fleet(): Fleet {
  const rows = [
    fleetModel(stories[0]!),
    ...extras().slice(0, 2),
    fleetModel(stories[1]!),
    ...extras().slice(2),
  ];
  const open = currentIncidents().filter((i) => i.state !== 'resolved');
  return {
    sentence: {
      plain: 'Flight delays is below its floor. Two more models need a look.',
      parts: [
        { text: 'Flight delays is below its floor.', strong: true },
        { text: ' Two more models need a look.' },
      ],
    },
    generated_at: new Date().toISOString(),
    facts: {
      n_models: rows.length,
      n_healthy: rows.filter((m) => m.status === 'ok').length,
      n_predictions_24h: 19_870,
      n_open_incidents: open.length,
      checks_on_time: { done: 1204, due: 1207 },
    },
    attention: open,
    changes: changes(),
    models: rows,
  };
}

export function models(): ModelList {
  return {
    items: stories.map((m) => ({
      model: m.name,
      display_name: m.display_name,
      task: 'binary_classification',
      versions: m.versions,
      clock: m.clock,
      time_zone: m.time_zone,
      data_from: m.days[0]!.start,
      data_through: m.days.at(-1)!.end,
    })),
    next: null,
  };
}

export function modelDetail(model: ModelStory): ModelDetail {
  return {
    name: model.name,
    display_name: model.display_name,
    description: null,
    owner: model.owner,
    task: 'binary_classification',
    time_zone: model.time_zone,
    clock: model.clock,
    tags: model.tags,
    granularity: 'day',
    label_delay_seconds: 86_400,
    allowed_lateness_seconds: 3600,
    segments: [],
    document_version: 1,
    versions: model.versions.map((version, i) => ({
      version,
      role: i === 0 ? 'live' : 'shadow',
      first_seen: model.days[i === 0 ? 0 : 153]!.start,
      last_seen: model.days.at(-1)!.end,
      n_predictions: i === 0 ? 175_404 : 75_220,
    })),
    references: [
      {
        name: 'march_2013',
        n_rows: 20_152,
        from: '2013-03-01T05:00:00Z',
        to: '2013-04-01T04:00:00Z',
        grid_version: 1,
        is_default: true,
      },
    ],
    monitors: [
      { name: 'data_drift', kind: 'drift', window: 'day' },
      { name: 'performance', kind: 'performance', window: 'day' },
      { name: 'service', kind: 'service', window: 'hour' },
    ],
    data_from: model.days[0]!.start,
    data_through: model.days.at(-1)!.end,
    columns: model.columns.map((c) => ({
      name: c.name,
      role: c.role,
      semantic: c.semantic,
      importance: c.importance,
    })),
  };
}

export function signals(model: ModelStory, asked: Asked): SignalSet {
  const { days } = chosen(model, asked);
  const name = asked.get('name') ?? '';
  const next = random(`${model.name}/${name}`);
  const value = (d: Day): number => {
    if (name.includes('volume')) return d.n_rows;
    if (name.includes('latency')) return round(37 + normal(next) + (d.month === 8 && d.date === 14 ? 80 : 0));
    return round(Math.abs(0.004 + 0.001 * normal(next)));
  };
  return {
    items: [
      {
        name,
        labels: {},
        points: days.map((d) => ({
          start: d.start,
          end: d.end,
          value: value(d),
          n: d.n_rows,
          kind: 'measured',
        })),
      },
    ],
  };
}
