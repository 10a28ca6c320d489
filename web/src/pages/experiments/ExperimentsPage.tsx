import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { createLazyRoute, Link } from '@tanstack/react-router';
import { useCallback, useMemo } from 'react';
import { runClass } from '../../charts/CurveChart';
import { experimentsQuery, runsQuery, type Experiment, type Run } from '../../api/tracking';
import { exact, plural } from '../../lib/format';
import type { RunsSearch } from '../../lib/search';
import { Page } from '../../shell/Page';
import { chosenZone } from '../../shell/zone';
import { Choice, Segments } from '../../ui/Choice';
import { Answered, Empty, Failure, Skeleton } from '../../ui/states';
import { FilterField } from './FilterField';
import { RunCharts } from './RunCharts';
import { RunTable } from './RunTable';

export const Route = createLazyRoute('/experiments')({ component: ExperimentsPage });

function ExperimentsPage() {
  const search = Route.useSearch();
  const navigate = Route.useNavigate();
  const query = useQuery(experimentsQuery);
  const zone = chosenZone(search.tz, undefined);
  const change = (next: RunsSearch) =>
    void navigate({ search: (old) => ({ ...old, ...next }), replace: true });
  return (
    <Page
      title="Experiments"
      crumbs={[{ text: 'Experiments' }]}
      time={{ zone, search, onChange: (c) => change({ tz: c.tz }) }}
    >
      <Answered query={query} what="Experiments" height={500}>
        {(experiments) => {
          const chosen = experiments.find((e) => e.id === search.experiment) ?? experiments[0];
          return chosen ? (
            <Runs experiments={experiments} chosen={chosen} zone={zone} search={search} onChange={change} />
          ) : (
            <div className="panel">
              <NoRuns />
            </div>
          );
        }}
      </Answered>
    </Page>
  );
}

function NoRuns() {
  return (
    <Empty title="Nothing has been logged yet.">
      The unmodified <code>mlflow</code> client logs here:{' '}
      <code>mlflow.set_tracking_uri(“{window.location.origin}”)</code>, then <code>mlflow.autolog()</code>.
    </Empty>
  );
}

interface RunsProps {
  experiments: Experiment[];
  chosen: Experiment;
  zone: string;
  search: RunsSearch;
  onChange: (next: RunsSearch) => void;
}

const idsOf = (runs: string | undefined) => (runs ? runs.split(',').filter(Boolean) : []);

function Runs({ experiments, chosen, zone, search, onChange }: RunsProps) {
  const navigate = Route.useNavigate();
  const query = useInfiniteQuery({
    ...runsQuery({ experiment: chosen.id, filter: search.filter, sort: search.sort }),
    placeholderData: (old) => old,
  });
  const pages = query.data?.pages;
  const runs: Run[] = useMemo(() => pages?.flatMap((p) => p.runs) ?? [], [pages]);
  const picked = useMemo(() => idsOf(search.runs), [search.runs]);
  const { hasNextPage, isFetching, fetchNextPage } = query;
  const more = useCallback(() => void fetchNextPage(), [fetchNextPage]);
  const classOf = useCallback(
    (run: Run) => (picked.includes(run.id) ? runClass(picked.indexOf(run.id) + 1) : null),
    [picked],
  );
  const pick = (id: string) => {
    const next = picked.includes(id) ? picked.filter((p) => p !== id) : [...picked, id];
    onChange({ runs: next.join(',') || undefined });
  };
  const compare = () =>
    void navigate({
      to: '/experiments/compare',
      search: { experiment: chosen.id, runs: picked.join(','), tz: search.tz },
    });
  const failed = query.error && query.data === undefined;
  const orMore = hasNextPage ? ' or more' : '';
  return (
    <>
      <h1 className="page-sentence">
        <strong>{chosen.name}</strong>{' '}
        {query.data &&
          (search.filter
            ? `has ${plural(runs.length, 'run')}${orMore} that fit.`
            : `has ${plural(runs.length, 'run')}${orMore}.`)}
      </h1>
      <div className="controls">
        <Choice
          label="Experiment"
          value={chosen.id}
          options={experiments.map((e) => ({ value: e.id, label: e.name }))}
          onChange={(experiment) =>
            onChange({ experiment, runs: undefined, columns: undefined, sort: undefined, filter: undefined })
          }
        />
        <FilterField
          key={search.filter ?? ''}
          value={search.filter ?? ''}
          error={query.error}
          runs={runs}
          onApply={(filter) => onChange({ filter: filter || undefined })}
        />
        <Segments
          label="Show runs as"
          value={search.as ?? 'table'}
          options={[
            { value: 'table', label: 'Table' },
            { value: 'charts', label: 'Charts' },
          ]}
          onChange={(as) => onChange({ as: as === 'charts' ? as : undefined })}
        />
        <span className="picked" role="status">
          {picked.length > 0 && `${plural(picked.length, 'run')} chosen`}
        </span>
        <button
          type="button"
          className="button is-primary"
          disabled={picked.length < 2}
          title={picked.length < 2 ? 'Choose two runs or more' : undefined}
          onClick={compare}
        >
          Compare <kbd>C</kbd>
        </button>
        {picked.length > 0 && (
          <button type="button" className="button is-quiet" onClick={() => onChange({ runs: undefined })}>
            Clear
          </button>
        )}
      </div>
      {query.isPending && <Skeleton height={400} />}
      {/* A filter that cannot be read is told at its field. */}
      {failed && !search.filter && (
        <Failure error={query.error} what="The runs" retry={() => void query.refetch()} />
      )}
      {failed && search.filter && (
        <div className="panel">
          <Empty
            title="No run is shown while the search cannot be read."
            action={
              <Link to="/experiments" search={{ experiment: chosen.id }} className="button">
                Clear the search
              </Link>
            }
          />
        </div>
      )}
      {query.data && runs.length > 0 && search.as === 'charts' && (
        <RunCharts runs={runs} classOf={classOf} search={search} onChange={onChange} onPick={pick} />
      )}
      {query.data && search.as !== 'charts' && (
        <RunTable
          runs={runs}
          picked={picked}
          zone={zone}
          search={search}
          name={chosen.name}
          onPick={pick}
          onChange={onChange}
          onCompare={() => picked.length > 1 && compare()}
          onEnd={hasNextPage && !isFetching ? more : null}
        />
      )}
      {hasNextPage && (
        <p className="table-more">
          <button type="button" className="button" disabled={isFetching} onClick={more}>
            {isFetching ? 'Loading' : `Load more than ${exact(runs.length)}`}
          </button>
        </p>
      )}
      {query.data && runs.length === 0 && !search.filter && <NoRuns />}
      {search.filter && query.data && runs.length === 0 && (
        <p className="table-more">
          <Link to="/experiments" search={{ experiment: chosen.id }} className="button">
            Clear the search
          </Link>
        </p>
      )}
    </>
  );
}
