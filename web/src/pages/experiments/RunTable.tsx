import { Link, useNavigate } from '@tanstack/react-router';
import { memo, useEffect, useMemo, useState } from 'react';
import type { Run } from '../../api/tracking';
import { allColumns, columnLabel, columnValue, defaultColumns, nextSort } from '../../lib/compare';
import { saveCsv, type Table } from '../../lib/csv';
import { duration, logged, middle } from '../../lib/format';
import { isIdle, useKeys } from '../../lib/keys';
import type { RunsSearch } from '../../lib/search';
import { moment } from '../../lib/time';
import { Icon } from '../../ui/Icon';
import { Mark, type Kind } from '../../ui/Mark';
import { Popover } from '../../ui/Popover';
import { Empty } from '../../ui/states';
import { ScrollX } from '../../ui/ScrollX';
import { useVirtualRows } from '../../ui/virtual';

export const statusKinds: Record<string, Kind> = {
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
  /** Asks for the next page, where there is one. */
  onEnd: (() => void) | null;
}

/** As styles/loop.css draws it. */
export const runRowHeight = 36;

export function RunTable(props: RunTableProps) {
  const { runs, picked, zone, search, name, onPick, onChange, onCompare, onEnd } = props;
  const [active, setActive] = useState(-1);
  const navigate = useNavigate();
  const [body, rows] = useVirtualRows<HTMLTableSectionElement>(runs.length, runRowHeight);
  const isNearEnd = rows.end >= runs.length - 20;
  useEffect(() => {
    if (isNearEnd) onEnd?.();
  }, [isNearEnd, onEnd]);
  const columns = useMemo(
    () => (search.columns ? search.columns.split(',').filter(Boolean) : defaultColumns(runs)),
    [search.columns, runs],
  );
  const move = (by: number) => {
    const next = Math.min(runs.length - 1, Math.max(0, active + by));
    setActive(next);
    rows.show(next);
  };
  const pickActive = () => {
    const run = runs[active];
    if (run) onPick(run.id);
  };
  const openActive = () => {
    const run = runs[active];
    if (!run) return;
    const params = { experiment: run.experiment, run: run.id };
    void navigate({ to: '/experiments/$experiment/runs/$run', params });
  };
  useKeys({
    j: () => move(1),
    k: () => move(-1),
    x: pickActive,
    c: onCompare,
    Enter: () => isIdle() && openActive(),
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
          <kbd>K</kbd> move <kbd>↵</kbd> open <kbd>X</kbd> choose <kbd>C</kbd> compare
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
        <table className="plain-table is-page runs" aria-rowcount={onEnd ? -1 : runs.length + 1}>
          <thead>
            <tr aria-rowindex={1}>
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
          <tbody ref={body}>
            <Gap rows={rows.start} />
            {runs.slice(rows.start, rows.end).map((r, k) => (
              <RunRow
                key={r.id}
                run={r}
                row={rows.start + k}
                columns={columns}
                zone={zone}
                isActive={rows.start + k === active}
                isPicked={picked.includes(r.id)}
                onPick={onPick}
              />
            ))}
            <Gap rows={runs.length - rows.end} />
          </tbody>
        </table>
      </ScrollX>
    </>
  );
}

/** The height of rows that are not drawn. */
function Gap({ rows }: { rows: number }) {
  return rows > 0 ? <tr className="gap" aria-hidden="true" style={{ height: rows * runRowHeight }} /> : null;
}

interface RunRowProps {
  run: Run;
  row: number;
  columns: string[];
  zone: string;
  isActive: boolean;
  isPicked: boolean;
  onPick: (id: string) => void;
}

const RunRow = memo(function RunRow({ run: r, row, columns, zone, isActive, isPicked, onPick }: RunRowProps) {
  const look = [isActive && 'is-active', isPicked && 'is-picked'].filter(Boolean).join(' ');
  return (
    <tr aria-rowindex={row + 2} className={look || undefined}>
      <td>
        <label className="pick">
          <input
            type="checkbox"
            checked={isPicked}
            aria-label={`Choose ${r.name}`}
            onChange={() => onPick(r.id)}
          />
        </label>
      </td>
      <th scope="row">
        <Mark kind={statusKinds[r.status] ?? 'none'} size={12} word={r.status.toLowerCase()} />{' '}
        <Link
          to="/experiments/$experiment/runs/$run"
          params={{ experiment: r.experiment, run: r.id }}
          title={`${r.name}, ${r.id}`}
        >
          {middle(r.name, 36)}
        </Link>
      </th>
      <td>{r.start === null ? '–' : moment(new Date(r.start).toISOString(), zone)}</td>
      <td>{r.start !== null && r.end !== null ? duration(r.end - r.start) : r.status.toLowerCase()}</td>
      <td>{r.user || '–'}</td>
      {columns.map((c) => {
        const v = columnValue(r, c);
        const isNumber = c.startsWith('metric.');
        return (
          <td key={c} className={isNumber ? 'num' : undefined} title={v === null ? undefined : String(v)}>
            {typeof v === 'number' ? logged(c, v) : v === null ? '–' : middle(v, 28)}
          </td>
        );
      })}
    </tr>
  );
});

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
