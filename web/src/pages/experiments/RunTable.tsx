import { Link } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import type { Run } from '../../api/tracking';
import { allColumns, columnValue, defaultColumns, nextSort } from '../../lib/compare';
import { saveCsv, type Table } from '../../lib/csv';
import { duration, metric, metricName, middle } from '../../lib/format';
import { isIdle, useKeys } from '../../lib/keys';
import type { RunsSearch } from '../../lib/search';
import { moment } from '../../lib/time';
import { Icon } from '../../ui/Icon';
import { Mark, type Kind } from '../../ui/Mark';
import { Popover } from '../../ui/Popover';
import { Empty } from '../../ui/states';
import { ScrollX } from '../../ui/ScrollX';

const statusKinds: Record<string, Kind> = {
  FINISHED: 'ok',
  FAILED: 'critical',
  KILLED: 'none',
  RUNNING: 'collecting',
  SCHEDULED: 'collecting',
};

export function runsTable(runs: Run[], columns: string[]): Table {
  return {
    head: ['run_id', 'run_name', 'status', 'start_time', 'user', ...columns],
    rows: runs.map((r) => [
      r.id,
      r.name,
      r.status,
      r.start === null ? null : new Date(r.start).toISOString(),
      r.user,
      ...columns.map((c) => columnValue(r, c)),
    ]),
  };
}

interface RunTableProps {
  runs: Run[];
  picked: string[];
  zone: string;
  search: RunsSearch;
  name: string;
  onPick: (id: string) => void;
  onChange: (next: RunsSearch) => void;
  onCompare: () => void;
}

export function RunTable({ runs, picked, zone, search, name, onPick, onChange, onCompare }: RunTableProps) {
  const [active, setActive] = useState(-1);
  const columns = useMemo(
    () => (search.columns ? search.columns.split(',').filter(Boolean) : defaultColumns(runs)),
    [search.columns, runs],
  );
  const move = (by: number) => {
    const next = Math.min(runs.length - 1, Math.max(0, active + by));
    setActive(next);
    document.getElementById(`run-row-${next}`)?.scrollIntoView({ block: 'nearest' });
  };
  const pickActive = () => {
    const run = runs[active];
    if (run) onPick(run.id);
  };
  useKeys({
    j: () => move(1),
    k: () => move(-1),
    x: pickActive,
    c: onCompare,
    Enter: () => isIdle() && pickActive(),
  });
  if (runs.length === 0 && search.filter)
    return (
      <Empty title="No run fits the search.">Take one condition away, or look at the names under “?”.</Empty>
    );
  if (runs.length === 0) return null;
  const sortBy = (column: string) => onChange({ sort: nextSort(search.sort, column) });
  return (
    <>
      <div className="table-head">
        <span className="table-hint" aria-hidden="true">
          <kbd>J</kbd>
          <kbd>K</kbd> move <kbd>X</kbd> choose <kbd>C</kbd> compare
        </span>
        <ColumnPicker
          runs={runs}
          columns={columns}
          onChange={(next) => onChange({ columns: next.join(',') || undefined })}
        />
        <button
          type="button"
          className="button is-quiet"
          onClick={() => saveCsv(name, runsTable(runs, columns))}
        >
          <Icon name="download" /> CSV
        </button>
      </div>
      <ScrollX label="Runs">
        <table className="plain-table is-page runs">
          <thead>
            <tr>
              <th scope="col">
                <span className="sr-only">Chosen</span>
              </th>
              <SortHead column="attribute.run_name" label="Run" sort={search.sort} onSort={sortBy} />
              <SortHead column="attribute.start_time" label="Started" sort={search.sort} onSort={sortBy} />
              <th scope="col">Took</th>
              <th scope="col">User</th>
              {columns.map((c) => (
                <SortHead
                  key={c}
                  column={c}
                  label={columnLabel(c)}
                  isNumber={c.startsWith('metric.')}
                  sort={search.sort}
                  onSort={sortBy}
                />
              ))}
            </tr>
          </thead>
          <tbody>
            {runs.map((r, i) => (
              <tr
                key={r.id}
                id={`run-row-${i}`}
                className={
                  [i === active && 'is-active', picked.includes(r.id) && 'is-picked']
                    .filter(Boolean)
                    .join(' ') || undefined
                }
              >
                <td>
                  <label className="pick">
                    <input
                      type="checkbox"
                      checked={picked.includes(r.id)}
                      aria-label={`Choose ${r.name}`}
                      onChange={() => onPick(r.id)}
                    />
                  </label>
                </td>
                <th scope="row">
                  <Mark kind={statusKinds[r.status] ?? 'none'} size={12} word={r.status.toLowerCase()} />{' '}
                  <Link
                    to="/experiments/compare"
                    search={{ runs: r.id, experiment: r.experiment }}
                    title={r.id}
                  >
                    {r.name}
                  </Link>
                </th>
                <td>{r.start === null ? '–' : moment(new Date(r.start).toISOString(), zone)}</td>
                <td>
                  {r.start !== null && r.end !== null ? duration(r.end - r.start) : r.status.toLowerCase()}
                </td>
                <td>{r.user || '–'}</td>
                {columns.map((c) => {
                  const v = columnValue(r, c);
                  const isNumber = c.startsWith('metric.');
                  return (
                    <td
                      key={c}
                      className={isNumber ? 'num' : undefined}
                      title={v === null ? undefined : String(v)}
                    >
                      {typeof v === 'number' ? metric(c, v) : v === null ? '–' : middle(v, 28)}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollX>
    </>
  );
}

/** "metric.roc_auc" as a heading. */
export function columnLabel(column: string): string {
  const name = column.slice(column.indexOf('.') + 1);
  return column.startsWith('metric.') ? metricName(name) : name;
}

interface SortHeadProps {
  column: string;
  label: string;
  isNumber?: boolean;
  sort: string | undefined;
  onSort: (column: string) => void;
}

function SortHead({ column, label, isNumber = false, sort, onSort }: SortHeadProps) {
  const way = sort === `${column} asc` ? 'ascending' : sort === `${column} desc` ? 'descending' : undefined;
  return (
    <th scope="col" className={isNumber ? 'num' : undefined} aria-sort={way ?? 'none'}>
      <button type="button" className="sort-button" onClick={() => onSort(column)} title={column}>
        {middle(label, 24)}
        <span aria-hidden="true">{way === 'ascending' ? ' ↑' : way === 'descending' ? ' ↓' : ''}</span>
      </button>
    </th>
  );
}

interface ColumnPickerProps {
  runs: Run[];
  columns: string[];
  onChange: (columns: string[]) => void;
}

/** Columns on demand: whatever these runs have. */
function ColumnPicker({ runs, columns, onChange }: ColumnPickerProps) {
  const [typed, setTyped] = useState('');
  const all = useMemo(() => allColumns(runs), [runs]);
  const shown = all.filter((c) => c.toLowerCase().includes(typed.toLowerCase()));
  return (
    <Popover
      label="Columns"
      button={
        <>
          <Icon name="table" /> Columns {columns.length}
        </>
      }
    >
      {() => (
        <div className="column-picker">
          <input
            className="filter"
            type="search"
            aria-label="Find a column"
            placeholder={`Find among ${all.length}`}
            value={typed}
            onChange={(e) => setTyped(e.target.value)}
          />
          <div className="column-list">
            {shown.slice(0, 200).map((c) => (
              <label key={c} className="check">
                <input
                  type="checkbox"
                  checked={columns.includes(c)}
                  onChange={() =>
                    onChange(columns.includes(c) ? columns.filter((k) => k !== c) : [...columns, c])
                  }
                />
                <span>{c.slice(c.indexOf('.') + 1)}</span>{' '}
                <small className="quiet">{c.slice(0, c.indexOf('.'))}</small>
              </label>
            ))}
          </div>
          <button type="button" className="button is-quiet" onClick={() => onChange([])}>
            The usual ones
          </button>
        </div>
      )}
    </Popover>
  );
}
