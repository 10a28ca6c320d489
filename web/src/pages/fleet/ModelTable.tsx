import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { memo, useDeferredValue, useMemo, useState } from 'react';
import { modelsQuery } from '../../api/queries';
import type { FleetModel, ModelStatus } from '../../api/shapes';
import { HealthStrip } from '../../charts/HealthStrip';
import { Sparkline } from '../../charts/Sparkline';
import { Whisker } from '../../charts/Whisker';
import { saveCsv, type Table } from '../../lib/csv';
import { count, dash, exact, fixed, metric, metricName, percent, plural, signed } from '../../lib/format';
import { isIdle, useKeys } from '../../lib/keys';
import { fleetStatuses } from '../../lib/search';
import { day, moment } from '../../lib/time';
import { Segments } from '../../ui/Choice';
import { Icon } from '../../ui/Icon';
import { StatusMark, statusWords } from '../../ui/Mark';
import { Empty } from '../../ui/states';

const lossy = (name: string) => /brier|loss|error|rmse|mae/.test(name);

export function fleetTable(models: FleetModel[]): Table {
  return {
    head: [
      'model',
      'version',
      'owner',
      'status',
      'metric',
      'value',
      'low',
      'high',
      'floor',
      'kind',
      'change_from_reference',
      'drifted_columns',
      'columns',
      'rows_valid_share',
      'predictions_last_window',
      'latency_ms_p95',
      'data_through',
      'open_incidents',
    ],
    rows: models.map((m) => [
      m.model,
      m.version,
      m.owner,
      m.status,
      m.performance?.metric ?? null,
      m.performance?.value ?? null,
      m.performance?.lo ?? null,
      m.performance?.hi ?? null,
      m.performance?.floor ?? null,
      m.performance?.kind ?? null,
      m.performance?.change_from_reference ?? null,
      m.drift.n_drifted,
      m.drift.n_columns,
      m.rows_valid_share,
      m.n_predictions_last_window,
      m.latency_ms_p95,
      m.data_through,
      m.n_open_incidents,
    ]),
  };
}

/** Rows drawn at once; the rest is found by filtering. */
const most = 100;

export function ModelTable({ models, zone }: { models: FleetModel[]; zone: string }) {
  const { status, tz } = useSearch({ from: '/' });
  const navigate = useNavigate();
  const [active, setActive] = useState(-1);
  const [typed, setTyped] = useState('');
  const wanted = useDeferredValue(typed);
  const shown = useMemo(() => {
    const words = wanted.toLowerCase().trim();
    return models.filter(
      (m) =>
        (!status || m.status === status) &&
        (!words ||
          `${m.model} ${m.display_name} ${m.owner ?? ''} ${m.tags.join(' ')}`.toLowerCase().includes(words)),
    );
  }, [models, status, wanted]);
  const move = (by: number) => {
    const next = Math.min(shown.length - 1, Math.max(0, active + by));
    setActive(next);
    document.getElementById(`model-row-${next}`)?.scrollIntoView({ block: 'nearest' });
  };
  useKeys({
    j: () => move(1),
    k: () => move(-1),
    Enter: () => {
      const chosen = shown[active];
      // A focused control keeps its own Enter.
      if (chosen && isIdle()) void navigate({ to: '/models/$model', params: { model: chosen.model } });
    },
  });
  // A model's last day is a day of its own zone, unless the reader chose another.
  const zones = useQuery(modelsQuery).data?.items;
  const zoneOf = (m: FleetModel) =>
    tz === undefined ? (zones?.find((z) => z.model === m.model)?.time_zone ?? zone) : zone;
  const has = fleetStatuses.filter((s) => models.some((m) => m.status === s));
  return (
    <section className="models" aria-labelledby="models">
      <div className="table-head">
        <h2 id="models" className="section-title">
          Models
        </h2>
        <Segments<ModelStatus | 'all'>
          label="Show models that are"
          value={status ?? 'all'}
          onChange={(value) =>
            void navigate({
              to: '/',
              search: (old) => ({ ...old, status: value === 'all' ? undefined : value }),
              replace: true,
            })
          }
          options={[
            { value: 'all' as const, label: `All ${models.length}` },
            ...has.map((s) => ({
              value: s,
              name: `${statusWords[s]}, ${models.filter((m) => m.status === s).length}`,
              label: (
                <>
                  <StatusMark status={s} size={12} named={false} />{' '}
                  {models.filter((m) => m.status === s).length}
                </>
              ),
            })),
          ]}
        />
        {models.length > 12 && (
          <input
            className="filter"
            type="search"
            aria-label="Filter models by name, owner or tag"
            placeholder="Name, owner or tag"
            value={typed}
            onChange={(e) => setTyped(e.target.value)}
          />
        )}
        <span className="table-hint" aria-hidden="true">
          <kbd>J</kbd>
          <kbd>K</kbd> move <kbd>↵</kbd> open
        </span>
        <button type="button" className="button is-quiet" onClick={() => saveCsv('fleet', fleetTable(shown))}>
          <Icon name="download" /> CSV
        </button>
      </div>
      {shown.length === 0 ? (
        <Empty
          title="No model fits the filter."
          action={
            <button
              type="button"
              className="button"
              onClick={() => {
                setTyped('');
                void navigate({ to: '/', search: (old) => ({ ...old, status: undefined }), replace: true });
              }}
            >
              Clear the filter
            </button>
          }
        />
      ) : (
        <table className="fleet-table">
          <thead>
            <tr>
              <th scope="col">Model</th>
              <th scope="col">Health, 30 windows</th>
              <th scope="col" colSpan={3}>
                Performance against floor{' '}
                <span className="legend">
                  <i className="dot is-hollow" /> estimated
                </span>{' '}
                <span className="legend">
                  <i className="dot" /> measured
                </span>
              </th>
              <th scope="col" className="num">
                Drifted inputs
              </th>
              <th scope="col" className="num">
                Rows valid
              </th>
              <th scope="col" colSpan={2}>
                Predictions
              </th>
              <th scope="col" className="num">
                p95
              </th>
              <th scope="col" className="num">
                Data through
              </th>
            </tr>
          </thead>
          <tbody>
            {shown.slice(0, most).map((m, i) => (
              <ModelRow key={m.model} m={m} idx={i} active={i === active} zone={zoneOf(m)} />
            ))}
          </tbody>
        </table>
      )}
      {shown.length > most && (
        <p className="table-more">
          The first {most} of {exact(shown.length)} are shown, worst first. Filter by name, owner or tag to
          see others.
        </p>
      )}
    </section>
  );
}

function stripLabel(m: FleetModel): string {
  const bad = m.health.filter((h) => h.state === 'critical').length;
  const warn = m.health.filter((h) => h.state === 'warning').length;
  return `Of ${plural(m.health.length, 'window')}, ${bad} critical and ${warn} with a warning`;
}

const ModelRow = memo(function ModelRow({
  m,
  idx,
  active,
  zone,
}: {
  m: FleetModel;
  idx: number;
  active: boolean;
  zone: string;
}) {
  const p = m.performance;
  const navigate = useNavigate();
  const good = p ? !lossy(p.metric) : true;
  const below = p !== null && p.floor !== null && (good ? p.value < p.floor : p.value > p.floor);
  return (
    <tr
      id={`model-row-${idx}`}
      className={active ? 'is-active' : undefined}
      onClick={(event) => {
        if (!(event.target as HTMLElement).closest('a'))
          void navigate({ to: '/models/$model', params: { model: m.model } });
      }}
    >
      <th scope="row">
        <StatusMark status={m.status} />
        <span className="model-name">
          <Link to="/models/$model" params={{ model: m.model }}>
            {m.model}
          </Link>
          <small>
            {[m.version, m.owner ?? (m.display_name === m.model ? null : m.display_name)]
              .filter(Boolean)
              .join(' · ') || 'no version yet'}
          </small>
        </span>
      </th>
      <td>
        <HealthStrip cells={m.health} label={stripLabel(m)} />
      </td>
      {p ? (
        <>
          <td className="perf-value">
            <b className={below ? 'is-critical' : undefined}>{metric(p.metric, p.value)}</b>{' '}
            <span>{metricName(p.metric)}</span>
          </td>
          <td className="perf-whisker">
            <Whisker value={p.value} lo={p.lo} hi={p.hi} floor={p.floor} kind={p.kind} goodIsUp={good} />
          </td>
          <td className={below ? 'num is-critical-text' : 'num quiet'}>
            {signed(p.change_from_reference, 3)}
          </td>
        </>
      ) : (
        <td colSpan={3} className="quiet">
          {noPerformance(m, zone)}
        </td>
      )}
      <td className="num">
        <DriftCount m={m} />
      </td>
      <td
        className={
          m.rows_valid_share !== null && m.rows_valid_share < 0.98 ? 'num is-warning-text' : 'num quiet'
        }
      >
        {percent(m.rows_valid_share)}
      </td>
      <td className="spark-cell">
        <Sparkline values={m.volume} />
      </td>
      <td className="num" title={exact(m.n_predictions_last_window)}>
        {count(m.n_predictions_last_window)}
      </td>
      <td className="num">
        {m.latency_ms_p95 === null ? (
          <span className="quiet">{dash}</span>
        ) : (
          <>
            {fixed(m.latency_ms_p95, 0)} <span className="quiet">ms</span>
          </>
        )}
      </td>
      <td className="num quiet" title={m.data_through ?? undefined}>
        {m.data_through
          ? day(new Date(Date.parse(m.data_through) - 1).toISOString(), zone).replace(/^\w+ /, '')
          : dash}
      </td>
    </tr>
  );
});

function DriftCount({ m }: { m: FleetModel }) {
  if (m.drift.n_columns === 0) return <span className="quiet">{dash}</span>;
  return (
    <>
      {m.drift.n_drifted > 0 ? (
        <b className={m.status === 'critical' ? 'is-critical' : undefined}>{m.drift.n_drifted}</b>
      ) : (
        <span className="quiet">0</span>
      )}
      <span className="quiet"> of {m.drift.n_columns}</span>
    </>
  );
}

function noPerformance(m: FleetModel, zone: string): string {
  if (m.status === 'collecting') return 'Collecting rows for a first score';
  if (m.status === 'no_data')
    return m.data_through ? `No predictions since ${moment(m.data_through, zone)}` : 'No predictions yet';
  return 'Not measured in its newest windows';
}
