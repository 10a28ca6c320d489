import { useQueries } from '@tanstack/react-query';
import { createLazyRoute } from '@tanstack/react-router';
import { runQuery, type Run } from '../../api/tracking';
import { runClass } from '../../charts/CurveChart';
import { compareRuns, type CompareRow } from '../../lib/compare';
import type { Table } from '../../lib/csv';
import { exact, logged, metric, metricName, middle, plural, signed } from '../../lib/format';
import type { RunsSearch } from '../../lib/search';
import { moment } from '../../lib/time';
import { Page } from '../../shell/Page';
import { chosenZone } from '../../shell/zone';
import { Segments } from '../../ui/Choice';
import { Icon } from '../../ui/Icon';
import { Panel } from '../../ui/Panel';
import { Empty, Failure, Skeleton } from '../../ui/states';
import { ScrollX } from '../../ui/ScrollX';
import { Curves } from './Curves';
import { RunCharts } from './RunCharts';

export const Route = createLazyRoute('/experiments/compare')({ component: ComparePage });

const most = 10;

function ComparePage() {
  const search = Route.useSearch();
  const navigate = Route.useNavigate();
  const ids = (search.runs ?? '').split(',').filter(Boolean).slice(0, most);
  const queries = useQueries({ queries: ids.map((id) => runQuery(id)) });
  const zone = chosenZone(search.tz, undefined);
  const change = (next: RunsSearch) =>
    void navigate({ search: (old) => ({ ...old, ...next }), replace: true });
  const runs = queries.flatMap((q) => (q.data ? [q.data] : []));
  const failed = queries.find((q) => q.error)?.error;
  return (
    <Page
      title="Compare runs"
      crumbs={[
        { text: 'Experiments', to: '/experiments' },
        { text: ids.length === 1 ? (runs[0]?.name ?? 'Run') : 'Compare' },
      ]}
      time={{ zone, search, onChange: (c) => change({ tz: c.tz }) }}
    >
      {ids.length === 0 && (
        <div className="panel">
          <Empty title="No run is chosen.">
            Choose runs in the table of an experiment, then compare them.
          </Empty>
        </div>
      )}
      {failed && <Failure error={failed} what="A run" />}
      {!failed && runs.length < ids.length && <Skeleton height={500} />}
      {runs.length > 0 && runs.length === ids.length && (
        <Body runs={runs} zone={zone} search={search} onChange={change} />
      )}
    </Page>
  );
}

/** What the comparison shows, in a sentence. */
export function compareFinding(runs: Run[], rows: CompareRow[]): { lead: string; rest: string } {
  const params = rows.filter((r) => r.kind === 'param');
  const differing = params.filter((r) => r.differs).length;
  const first = rows.find((r) => r.kind === 'metric' && r.best !== null);
  const rest = `${exact(differing)} of ${plural(params.length, 'parameter')} ${differing === 1 ? 'differs' : 'differ'}.`;
  const best = first && first.best !== null ? runs[first.best] : undefined;
  if (!first || !best) return { lead: `${plural(runs.length, 'run')} side by side.`, rest };
  const value = first.values[first.best ?? 0];
  return {
    lead: `${middle(best.name, 24)} has the best ${metricName(first.name)}, ${metric(first.name, Number(value))}.`,
    rest,
  };
}

interface BodyProps {
  runs: Run[];
  zone: string;
  search: RunsSearch;
  onChange: (next: RunsSearch) => void;
}

function Body({ runs, zone, search, onChange }: BodyProps) {
  const rows = compareRuns(runs);
  const isOne = runs.length === 1;
  const only = !isOne && search.rows !== 'all';
  const shown = only ? rows.filter((r) => r.differs) : rows;
  const told = compareFinding(runs, rows);
  const metrics = rows.filter((r) => r.kind === 'metric').map((r) => r.name);
  const chosen =
    metrics.find((m) => m === search.curve) ??
    metrics.find((m) => runs.some((r) => r.curves.includes(m))) ??
    metrics[0];
  const drop = (id: string) =>
    onChange({
      runs: runs
        .map((r) => r.id)
        .filter((r) => r !== id)
        .join(','),
    });
  const pin = (id: string) =>
    onChange({ runs: [id, ...runs.map((r) => r.id).filter((r) => r !== id)].join(',') });
  return (
    <>
      <h1 className="page-sentence">
        <strong>{isOne ? runs[0]?.name : told.lead}</strong> {isOne ? runSince(runs[0], zone) : told.rest}
      </h1>
      <div className="stack">
        {chosen && (
          <Curves runs={runs} metric={chosen} metrics={metrics} onMetric={(curve) => onChange({ curve })} />
        )}
        <Panel
          title={isOne ? 'What it logged' : only ? 'Only what differs' : 'Everything'}
          file="runs"
          table={() => compareTable(runs, shown)}
          note={
            !isOne && (
              <Segments
                label="Show rows"
                value={only ? 'differs' : 'all'}
                options={[
                  { value: 'differs' as const, label: `Differs ${rows.filter((r) => r.differs).length}` },
                  { value: 'all' as const, label: `All ${rows.length}` },
                ]}
                onChange={(next) => onChange({ rows: next === 'all' ? 'all' : undefined })}
              />
            )
          }
        >
          {shown.length === 0 ? (
            <Empty title="These runs logged the same numbers and parameters." />
          ) : (
            <CompareTable runs={runs} rows={shown} onDrop={drop} onPin={pin} />
          )}
        </Panel>
        {runs.length > 2 && (
          <RunCharts
            runs={runs}
            classOf={(run) => runClass(runs.indexOf(run))}
            search={search}
            onChange={onChange}
          />
        )}
      </div>
    </>
  );
}

const runSince = (run: Run | undefined, zone: string) =>
  run?.start == null
    ? ''
    : `${run.status.toLowerCase()}, started ${moment(new Date(run.start).toISOString(), zone)}${run.user ? ` by ${run.user}` : ''}.`;

function compareTable(runs: Run[], rows: CompareRow[]): Table {
  return {
    head: ['kind', 'name', ...runs.map((r) => r.name)],
    rows: rows.map((r) => [r.kind, r.name, ...r.values]),
  };
}

interface CompareTableProps {
  runs: Run[];
  rows: CompareRow[];
  onDrop: (id: string) => void;
  onPin: (id: string) => void;
}

const kinds = [
  ['metric', 'Metrics'],
  ['param', 'Parameters'],
  ['tag', 'Tags'],
] as const;

function CompareTable({ runs, rows, onDrop, onPin }: CompareTableProps) {
  const isOne = runs.length === 1;
  return (
    <ScrollX label="Runs side by side">
      <table className="plain-table compare-table">
        <thead>
          <tr>
            <th scope="col">Name</th>
            {runs.map((r, i) => (
              <th key={r.id} scope="col" className="num">
                <i className={`key ${runClass(i)}`} />{' '}
                <span title={r.id}>{middle(r.name, runs.length > 3 ? 15 : 24)}</span>
                {!isOne && (
                  <span className="run-tools">
                    {i === 0 ? (
                      <small>baseline</small>
                    ) : (
                      <button
                        type="button"
                        className="icon-button"
                        aria-label={`Make ${r.name} the baseline`}
                        title="Make it the baseline"
                        onClick={() => onPin(r.id)}
                      >
                        <Icon name="pin" size={13} />
                      </button>
                    )}
                    <button
                      type="button"
                      className="icon-button"
                      aria-label={`Remove ${r.name} from the comparison`}
                      title="Remove"
                      onClick={() => onDrop(r.id)}
                    >
                      <Icon name="close" size={13} />
                    </button>
                  </span>
                )}
              </th>
            ))}
          </tr>
        </thead>
        {kinds.map(([kind, name]) => {
          const own = rows.filter((r) => r.kind === kind);
          return (
            own.length > 0 && (
              <tbody key={kind}>
                <tr>
                  <th colSpan={runs.length + 1} scope="colgroup" className="group">
                    {name}
                  </th>
                </tr>
                {own.map((row) => (
                  <tr key={row.name}>
                    <th scope="row" title={row.name}>
                      {kind === 'metric' ? metricName(row.name) : row.name}
                    </th>
                    {row.values.map((v, i) => (
                      <td key={runs[i]?.id} className={row.best === i ? 'num is-best' : 'num'}>
                        <CompareValue row={row} v={v} base={i === 0 ? null : (row.values[0] ?? null)} />
                        {row.best === i && <span className="sr-only">, best</span>}
                      </td>
                    ))}
                  </tr>
                ))}
              </tbody>
            )
          );
        })}
      </table>
    </ScrollX>
  );
}

function CompareValue({
  row,
  v,
  base,
}: {
  row: CompareRow;
  v: string | number | null;
  base: string | number | null;
}) {
  if (v === null) return <span className="quiet">absent</span>;
  if (typeof v === 'string') return <span title={v}>{middle(v, 30)}</span>;
  return (
    <span title={String(v)}>
      {logged(row.name, v)}
      {typeof base === 'number' && v !== base && <small className="quiet"> {signed(v - base, 3)}</small>}
    </span>
  );
}
