import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { createLazyRoute, Link } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { auditPages, verifyQuery } from '../../api/loop';
import type { AuditEntry } from '../../api/loop_shapes';
import { exact, plural, words } from '../../lib/format';
import { isIdle, useKeys } from '../../lib/keys';
import type { AuditSearch } from '../../lib/search';
import { moment } from '../../lib/time';
import { Page } from '../../shell/Page';
import { chosenZone } from '../../shell/zone';
import { Icon } from '../../ui/Icon';
import { Mark } from '../../ui/Mark';
import { Ticked } from '../../ui/Ticked';
import { Empty, Failure, Skeleton } from '../../ui/states';
import { saveBlob } from '../../lib/csv';
import { AuditFilter } from './AuditFilter';
import { changesBetween, plainValue } from './changes';
import { folded } from './fold';

export const Route = createLazyRoute('/audit')({ component: AuditPage });

function AuditPage() {
  const search = Route.useSearch();
  const navigate = Route.useNavigate();
  const zone = chosenZone(search.tz, undefined);
  const change = (next: AuditSearch) =>
    void navigate({ search: (old) => ({ ...old, ...next }), replace: true });
  const { tz: _tz, entry: _entry, ...asked } = search;
  const query = useInfiniteQuery({ ...auditPages(asked), placeholderData: (old) => old });
  const items = query.data?.pages.flatMap((p) => p.items) ?? [];
  const isFiltered = Object.values(asked).some((v) => v !== undefined);
  return (
    <Page
      title="Audit log"
      crumbs={[{ text: 'Audit log' }]}
      time={{ zone, search, onChange: (c) => change({ tz: c.tz }) }}
    >
      <h1 className="page-sentence">
        <ChainState />
      </h1>
      <AuditFilter search={search} zone={zone} items={items} onChange={change}>
        <button
          type="button"
          className="button is-quiet"
          disabled={items.length === 0}
          onClick={() => saveBlob('audit.jsonl', asLines(items))}
        >
          <Icon name="download" /> JSONL
        </button>
      </AuditFilter>
      {query.isPending && <Skeleton height={400} />}
      {query.error && !query.data && (
        <Failure error={query.error} what="The audit log" retry={() => void query.refetch()} />
      )}
      {query.data && items.length === 0 && (
        <div className="panel">
          <Empty
            title={isFiltered ? 'No entry fits the filter.' : 'Nothing has been decided yet.'}
            action={
              isFiltered && (
                <Link to="/audit" className="button">
                  Clear the filter
                </Link>
              )
            }
          >
            {!isFiltered && 'Every decision becomes an entry: who, when, why, before and after.'}
          </Empty>
        </div>
      )}
      {items.length > 0 && (
        <Entries
          items={items}
          zone={zone}
          open={search.entry ? Number(search.entry) : null}
          onOpen={(n) => change({ entry: n === null ? undefined : String(n) })}
        />
      )}
      {query.hasNextPage && (
        <p className="table-more">
          <button
            type="button"
            className="button"
            disabled={query.isFetchingNextPage}
            onClick={() => void query.fetchNextPage()}
          >
            {query.isFetchingNextPage ? 'Loading' : 'Load older entries'}
          </button>
        </p>
      )}
    </Page>
  );
}

const asLines = (items: AuditEntry[]) =>
  new Blob([items.map((e) => `${JSON.stringify(e)}\n`).join('')], { type: 'application/x-ndjson' });

/** Whether the chain holds, read anew from its first entry. */
function ChainState() {
  const query = useQuery(verifyQuery());
  if (query.isPending) return <>The chain is being checked.</>;
  if (query.error) return <>The chain could not be checked.</>;
  const { intact, head, broken } = query.data;
  if (head.number === 0 && intact) return <>The audit log is empty.</>;
  return intact ? (
    <>
      <Mark kind="ok" size={16} /> <strong>The chain is verified to entry {exact(head.number)}.</strong>{' '}
      <code className="head-hash" title={head.hash}>
        {head.hash.replace(/^sha256:/, '').slice(0, 16)}
      </code>
    </>
  ) : (
    <>
      <Mark kind="critical" size={16} />{' '}
      <strong className="is-critical">
        The chain is broken at entry {exact(broken?.number ?? head.number)}.
      </strong>{' '}
      {broken && <Ticked text={broken.reason} />}
    </>
  );
}

interface EntriesProps {
  items: AuditEntry[];
  zone: string;
  open: number | null;
  onOpen: (number: number | null) => void;
}

function Entries({ items, zone, open, onOpen }: EntriesProps) {
  const [active, setActive] = useState(-1);
  const [unfolded, setUnfolded] = useState<number[]>([]);
  const folds = useMemo(() => folded(items), [items]);
  const rows = folds.flatMap(({ first, rest }): Row[] => {
    if (rest.length === 0) return [{ e: first, folds: 0 }];
    const isOpen = unfolded.includes(first.number) || rest.some((e) => e.number === open);
    return isOpen
      ? [first, ...rest].map((e) => ({ e, folds: 0 }))
      : [{ e: first, folds: rest.length, until: rest.at(-1) }];
  });
  const move = (by: number) => {
    const next = Math.min(rows.length - 1, Math.max(0, active + by));
    setActive(next);
    document.getElementById(`entry-${next}`)?.scrollIntoView({ block: 'nearest' });
  };
  const toggle = (row: Row | undefined) => {
    if (!row) return;
    if (row.folds > 0) setUnfolded([...unfolded, row.e.number]);
    else onOpen(row.e.number === open ? null : row.e.number);
  };
  useKeys({ j: () => move(1), k: () => move(-1), Enter: () => isIdle() && toggle(rows[active]) });
  return (
    <ol className="panel audit-rows">
      {rows.map((row, i) => (
        <li key={row.e.number} id={`entry-${i}`} className={i === active ? 'is-active' : undefined}>
          <EntryRow row={row} zone={zone} isOpen={row.e.number === open} onToggle={() => toggle(row)} />
          {row.e.number === open && <EntryDetail e={row.e} />}
        </li>
      ))}
    </ol>
  );
}

/** A line of the log; one that stands for others says how many and since when. */
interface Row {
  e: AuditEntry;
  folds: number;
  until?: AuditEntry | undefined;
}

interface EntryRowProps {
  row: Row;
  zone: string;
  isOpen: boolean;
  onToggle: () => void;
}

function EntryRow({ row: { e, folds, until }, zone, isOpen, onToggle }: EntryRowProps) {
  return (
    <button type="button" aria-expanded={isOpen} onClick={onToggle}>
      <Icon name={isOpen ? 'down' : 'right'} size={12} />
      <time dateTime={e.at} title={e.at}>
        {moment(e.at, zone)}
      </time>
      <b className="audit-actor">{e.actor}</b>
      <span className="audit-what">
        <Ticked text={e.text} />
        {folds > 0 && until && (
          <small>
            and {exact(folds)} more alike, entries {exact(until.number)} to {exact(e.number - 1)}, since{' '}
            {moment(until.at, zone)}
          </small>
        )}
        {folds === 0 && e.reason && !e.text.includes(e.reason) && (
          <small>
            <Ticked text={e.reason} />
          </small>
        )}
      </span>
      <span className="audit-action">{words(e.action).replace(/^Ab /, 'A/B ')}</span>
      <span className="audit-model">{e.model ?? ''}</span>
    </button>
  );
}

function EntryDetail({ e }: { e: AuditEntry }) {
  const changes = changesBetween(e.before, e.after);
  return (
    <div className="audit-detail">
      {changes.length > 0 ? (
        <table className="plain-table diff-table">
          <thead>
            <tr>
              <th scope="col">{plural(changes.length, 'change')}</th>
              <th scope="col">Before</th>
              <th scope="col">After</th>
            </tr>
          </thead>
          <tbody>
            {changes.map((c) => (
              <tr key={c.path}>
                <th scope="row">{c.path}</th>
                <td className="is-before">{plainValue(c.before)}</td>
                <td className="is-after">{plainValue(c.after)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      ) : (
        <p className="quiet">No state was changed.</p>
      )}
      <dl className="pairs">
        <dt>Entry</dt>
        <dd>
          {exact(e.number)}, about <code>{e.object}</code>
        </dd>
        <dt>Hash</dt>
        <dd>
          <code>{e.hash}</code>
        </dd>
        <dt>Hash before</dt>
        <dd>
          <code>{e.previous_hash}</code>
        </dd>
      </dl>
    </div>
  );
}
