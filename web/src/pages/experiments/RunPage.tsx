import { useQuery } from '@tanstack/react-query';
import { createLazyRoute, Link, Navigate } from '@tanstack/react-router';
import { useState } from 'react';
import { askFile } from '../../api/client';
import {
  experimentsQuery,
  filePath,
  filesQuery,
  runQuery,
  runVersionsQuery,
  type Run,
  type RunFile,
} from '../../api/tracking';
import { byImportance } from '../../lib/compare';
import { saveBlob } from '../../lib/csv';
import { duration, logged, metricName, middle, plural, sentence, significant } from '../../lib/format';
import type { RunSearch } from '../../lib/search';
import { moment } from '../../lib/time';
import { Page } from '../../shell/Page';
import { chosenZone } from '../../shell/zone';
import { Icon } from '../../ui/Icon';
import { Mark } from '../../ui/Mark';
import { Panel } from '../../ui/Panel';
import { Answered, Empty } from '../../ui/states';
import { say } from '../../ui/toasts';
import { Curves } from './Curves';
import { statusKinds } from './RunTable';

export const Route = createLazyRoute('/experiments/$experiment/runs/$run')({ component: RunPage });

function RunPage() {
  const { experiment, run: id } = Route.useParams();
  const search = Route.useSearch();
  const navigate = Route.useNavigate();
  const query = useQuery(runQuery(id));
  const experiments = useQuery(experimentsQuery);
  const zone = chosenZone(search.tz, undefined);
  const change = (next: RunSearch) =>
    void navigate({ search: (old) => ({ ...old, ...next }), replace: true });
  const run = query.data;
  const own = run?.experiment ?? experiment;
  const named = experiments.data?.find((e) => e.id === own)?.name;
  return (
    <Page
      title={run ? run.name : 'Run'}
      crumbs={[
        { text: 'Experiments', to: '/experiments' },
        ...(named ? [{ text: named, to: '/experiments' as const, experiment: own }] : []),
        { text: run?.name ?? 'Run' },
      ]}
      time={{ zone, search, onChange: (c) => change({ tz: c.tz }) }}
    >
      <Answered query={query} what={`Run ${id}`} height={500}>
        {(found) =>
          found.experiment === experiment ? (
            <Body run={found} zone={zone} search={search} onChange={change} />
          ) : (
            // An address that names another experiment: the run knows better.
            <Navigate
              to="/experiments/$experiment/runs/$run"
              params={{ experiment: found.experiment, run: id }}
              search={search}
              replace
            />
          )
        }
      </Answered>
    </Page>
  );
}

const statusWords: Record<string, string> = {
  FINISHED: 'finished',
  FAILED: 'failed',
  KILLED: 'was stopped',
  RUNNING: 'is running',
  SCHEDULED: 'waits',
};

/** "finished in 52 s", as far as it is known. */
export function runState(run: Run): string {
  const took = run.start !== null && run.end !== null ? run.end - run.start : null;
  const word = statusWords[run.status] ?? run.status.toLowerCase();
  if (took === null) return word;
  return run.status === 'FINISHED' ? `${word} in ${duration(took)}` : `${word} after ${duration(took)}`;
}

interface BodyProps {
  run: Run;
  zone: string;
  search: RunSearch;
  onChange: (next: RunSearch) => void;
}

function Body({ run, zone, search, onChange }: BodyProps) {
  const metrics = Object.keys(run.metrics).toSorted(byImportance);
  const curves = metrics.filter((m) => run.curves.includes(m));
  const curve = curves.find((m) => m === search.curve) ?? curves[0];
  const params = Object.entries(run.params);
  const own = Object.entries(run.tags).filter(([name]) => !name.startsWith('mlflow.'));
  return (
    <>
      <h1 className="page-sentence">
        <Mark kind={statusKinds[run.status] ?? 'none'} size={16} word={run.status.toLowerCase()} />{' '}
        <strong title={run.name}>{middle(run.name, 24)}</strong> {runState(run)}
        {run.start !== null && `, started ${moment(new Date(run.start).toISOString(), zone)}`}
        {run.user && ` by ${run.user}`}. <Registered run={run.id} />
      </h1>
      <div className="stack">
        {curve !== undefined && (
          <Curves
            runs={[run]}
            metric={curve}
            metrics={curves}
            onMetric={(next) => onChange({ curve: next })}
          />
        )}
        <div className="halves">
          <Pairs
            title="Metrics"
            file={`${run.name}-metrics`}
            empty="No metric was logged."
            rows={metrics.map((m) => [m, metricName(m), run.metrics[m] ?? Number.NaN])}
          />
          <Pairs
            title="Parameters"
            file={`${run.name}-params`}
            empty="No parameter was logged."
            rows={params.map(([name, value]) => [name, name, value])}
          />
        </div>
        <div className="halves">
          <Files run={run} />
          <Panel title="Where it comes from">
            <Source run={run} />
            {own.length > 0 && (
              <>
                <h3 className="sub-title">Tags</h3>
                <dl className="numbers">
                  {own.map(([name, value]) => (
                    <div key={name}>
                      <dt title={name}>{name}</dt>
                      <dd title={value}>{value}</dd>
                    </div>
                  ))}
                </dl>
              </>
            )}
          </Panel>
        </div>
      </div>
    </>
  );
}

function Registered({ run }: { run: string }) {
  const { data = [] } = useQuery(runVersionsQuery(run));
  if (data.length === 0) return null;
  return (
    <>
      Registered as{' '}
      {data.map((v, i) => (
        <span key={`${v.model}${v.version}`}>
          {i > 0 && ', '}
          <Link to="/models/$model/versions" params={{ model: v.model }} search={{ version: v.version }}>
            {v.model} {v.version}
          </Link>
        </span>
      ))}
      .
    </>
  );
}

function Pair({ name, value }: { name: string; value: string }) {
  return (
    <>
      <dt title={name}>{name}</dt>
      <dd>{value}</dd>
    </>
  );
}

interface PairsProps {
  title: string;
  file: string;
  empty: string;
  rows: [string, string, string | number][];
}

function Pairs({ title, file, empty, rows }: PairsProps) {
  return (
    <Panel
      title={title}
      file={file}
      table={() => ({ head: ['name', 'value'], rows: rows.map(([name, , value]) => [name, value]) })}
      note={rows.length > 0 && plural(rows.length, title === 'Metrics' ? 'metric' : 'parameter')}
    >
      {rows.length === 0 ? (
        <Empty title={empty} />
      ) : (
        <dl className="numbers">
          {rows.map(([name, shown, value]) => (
            <div key={name}>
              <dt title={name}>{shown}</dt>
              <dd title={String(value)}>{typeof value === 'number' ? logged(name, value) : value}</dd>
            </div>
          ))}
        </dl>
      )}
    </Panel>
  );
}

/** What the client noted by itself: the program, its revision, its place. */
function Source({ run }: { run: Run }) {
  const known = [
    ['Program', run.tags['mlflow.source.name']],
    ['Revision', run.tags['mlflow.source.git.commit']],
    ['Branch', run.tags['mlflow.source.git.branch']],
    ['Parent run', run.tags['mlflow.parentRunId']],
    ['Note', run.tags['mlflow.note.content']],
    ['Identifier', run.id],
  ].filter((k): k is [string, string] => k[1] !== undefined && k[1] !== '');
  return (
    <dl className="pairs">
      {known.map(([name, value]) => (
        <Pair key={name} name={name} value={value} />
      ))}
    </dl>
  );
}

async function saveFile(run: Run, file: RunFile): Promise<void> {
  try {
    saveBlob(file.path.split('/').at(-1) ?? 'file', await askFile(filePath(run, file.path)));
  } catch (error) {
    say(`${file.path} could not be read: ${sentence((error as Error).message)}`, true);
  }
}

const sizeOf = (bytes: number) =>
  bytes < 1000
    ? `${bytes} B`
    : bytes < 1e6
      ? `${significant(bytes / 1e3)} kB`
      : `${significant(bytes / 1e6)} MB`;

function Files({ run }: { run: Run }) {
  const [folder, setFolder] = useState('');
  const query = useQuery(filesQuery(run.id, folder));
  const up = folder.includes('/') ? folder.slice(0, folder.lastIndexOf('/')) : '';
  return (
    <Panel title="Files" note={folder && <code>{folder}</code>}>
      <Answered query={query} what="The files" height={80}>
        {(files) =>
          files.length === 0 && folder === '' ? (
            <Empty title="No file was logged with the run.">
              Models logged by the client 3 and newer stand with their version.
            </Empty>
          ) : (
            <ul className="file-rows">
              {folder !== '' && (
                <li>
                  <button type="button" className="text-button" onClick={() => setFolder(up)}>
                    <Icon name="back" size={13} /> {up === '' ? 'all files' : up}
                  </button>
                </li>
              )}
              {files.map((f) => (
                <li key={f.path}>
                  <button
                    type="button"
                    className="text-button"
                    onClick={() => (f.isFolder ? setFolder(f.path) : void saveFile(run, f))}
                  >
                    <Icon name={f.isFolder ? 'stack' : 'download'} size={13} /> {f.path.split('/').at(-1)}
                    {f.isFolder && '/'}
                  </button>
                  {f.size !== null && !f.isFolder && <span className="quiet">{sizeOf(f.size)}</span>}
                </li>
              ))}
            </ul>
          )
        }
      </Answered>
    </Panel>
  );
}
