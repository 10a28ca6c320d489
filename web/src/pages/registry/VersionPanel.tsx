import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { retrainingQuery } from '../../api/loop';
import type { ModelVersion, SignatureColumn } from '../../api/loop_shapes';
import { byImportance } from '../../lib/compare';
import { exact, metric, metricName, middle, plural, significant } from '../../lib/format';
import { moment, spanName } from '../../lib/time';
import { Mark } from '../../ui/Mark';
import { Panel } from '../../ui/Panel';

interface NodeProps {
  what: string;
  name: ReactNode;
  note?: ReactNode;
  isAbsent?: boolean;
}

function LineageNode({ what, name, note, isAbsent = false }: NodeProps) {
  return (
    <li className={isAbsent ? 'is-absent' : undefined}>
      <small>{what}</small>
      <b>{name}</b>
      {note && <span>{note}</span>}
    </li>
  );
}

const short = (hash: string) => hash.replace(/^sha256:/, '').slice(0, 12);

/** The retraining that wrote a snapshot shares its suffix. */
export const retrainingOf = (snapshot: string | undefined) =>
  snapshot?.startsWith('snap_') ? snapshot.replace('snap_', 'ret_') : undefined;

/** What a retraining knows of the snapshot it wrote; nothing where somebody else trained. */
function useSnapshot(model: string, snapshot: string | undefined) {
  const run = retrainingOf(snapshot);
  const query = useQuery({
    ...retrainingQuery(model, run ?? ''),
    enabled: run !== undefined,
    staleTime: Infinity,
  });
  const found = query.data?.snapshot;
  return found?.id === snapshot ? found : undefined;
}

/** Where a version comes from: data, code, run, the version itself, its gate. */
function Lineage({ v, model, zone }: { v: ModelVersion; model: string; zone: string }) {
  const { snapshot, code_revision } = v.lineage;
  const written = useSnapshot(model, snapshot?.id);
  return (
    <ol className="lineage" aria-label={`Where ${v.version} comes from`}>
      <LineageNode
        what="Data"
        name={
          written ? (
            <Link
              to="/models/$model/pipeline"
              params={{ model }}
              search={{ run: retrainingOf(written.id) }}
              title={written.id}
            >
              {middle(written.id, 22)}
            </Link>
          ) : snapshot ? (
            <code title={snapshot.id}>{middle(snapshot.id, 22)}</code>
          ) : (
            'not recorded'
          )
        }
        note={
          written &&
          `${exact(written.n_rows)} rows, ${spanName(written.period.start, written.period.end, zone)}`
        }
        isAbsent={!snapshot}
      />
      <LineageNode
        what="Code"
        name={
          code_revision ? <code title={code_revision}>{code_revision.slice(0, 10)}</code> : 'not recorded'
        }
        isAbsent={!code_revision}
      />
      <LineageNode
        what="Run"
        name={
          v.run_id ? (
            <Link
              to="/experiments/$experiment/runs/$run"
              params={{ experiment: v.experiment_id ?? '0', run: v.run_id }}
              title={v.run_name ?? v.run_id}
            >
              {middle(v.run_name ?? v.run_id, 22)}
            </Link>
          ) : (
            'none'
          )
        }
        isAbsent={!v.run_id}
      />
      <LineageNode what="Version" name={v.version} note={v.aliases.join(', ') || v.stage} />
      <LineageNode
        what="Validation"
        name={
          v.validation ? (
            <Link to="/models/$model/pipeline" params={{ model }}>
              {v.validation.verdict?.replaceAll('_', ' ') ?? 'running'}
            </Link>
          ) : (
            'none'
          )
        }
        isAbsent={!v.validation}
      />
    </ol>
  );
}

/** One version whole: lineage, file, signature, numbers, approvals. */
export function VersionPanel({ v, model, zone }: { v: ModelVersion; model: string; zone: string }) {
  const metrics = Object.entries(v.metrics).toSorted((a, b) => byImportance(a[0], b[0]));
  const params = Object.entries(v.params);
  // Its data stands in the lineage above.
  const tags = Object.entries(v.tags).filter(([name]) => !name.startsWith('trimtab.snapshot'));
  return (
    <Panel title={`${v.version} in full`} note={v.description ?? undefined}>
      <Lineage v={v} model={model} zone={zone} />
      <div className="version-grid">
        <dl className="pairs">
          <dt>File</dt>
          <dd>
            {v.artifact ? (
              <>
                {v.artifact.path}, {significant(v.artifact.size_bytes / 1e6)} MB{' '}
                <code title={v.artifact.sha256}>{short(v.artifact.sha256)}</code>{' '}
                <Verified is={v.artifact.verified} />
              </>
            ) : (
              (v.source ?? 'none')
            )}
          </dd>
          <dt>Registered</dt>
          <dd>
            <time dateTime={v.created_at}>{moment(v.created_at, zone)}</time>
            {v.created_by && ` by ${v.created_by}`}
          </dd>
          <dt>Approvals</dt>
          <dd>
            {v.approvals.length === 0
              ? 'none recorded'
              : v.approvals.map((a) => (
                  <span key={`${a.actor}${a.at}`} className="approval">
                    <b>{a.actor}</b>, {moment(a.at, zone)}
                    {a.reason && `: ${a.reason}`}
                  </span>
                ))}
          </dd>
          {tags.length > 0 && (
            <>
              <dt>Tags</dt>
              <dd>
                {tags.map(([name, value]) => (
                  <span key={name} className="approval">
                    {name} <b title={value}>{middle(value, 22)}</b>
                  </span>
                ))}
              </dd>
            </>
          )}
        </dl>
        {metrics.length > 0 && (
          <Numbers
            title="Metrics of its run"
            rows={metrics.map(([name, value]) => [metricName(name), metric(name, value)])}
          />
        )}
        {params.length > 0 && <Numbers title="Parameters" rows={params} />}
        {v.signature && (
          <Signature title="Signature" inputs={v.signature.inputs} outputs={v.signature.outputs} />
        )}
      </div>
    </Panel>
  );
}

function Verified({ is }: { is: boolean | null }) {
  if (is === null) return <span className="quiet">not verified yet</span>;
  return (
    <span className={`verdict is-${is ? 'ok' : 'critical'}`}>
      <Mark kind={is ? 'ok' : 'critical'} size={12} /> {is ? 'hash verified' : 'hash differs'}
    </span>
  );
}

const most = 12;

function Numbers({ title, rows }: { title: string; rows: [string, string][] }) {
  return (
    <div>
      <h3 className="sub-title">{title}</h3>
      <dl className="numbers">
        {rows.slice(0, most).map(([name, value]) => (
          <div key={name}>
            <dt title={name}>{name}</dt>
            <dd title={value}>{value}</dd>
          </div>
        ))}
      </dl>
      {rows.length > most && <p className="quiet">and {rows.length - most} more</p>}
    </div>
  );
}

function Signature({
  title,
  inputs,
  outputs,
}: {
  title: string;
  inputs: SignatureColumn[];
  outputs: SignatureColumn[];
}) {
  return (
    <div>
      <h3 className="sub-title">{title}</h3>
      <p className="quiet">
        {plural(inputs.length, 'input')}, {plural(outputs.length, 'output')}
      </p>
      <dl className="numbers">
        {[...inputs, ...outputs].slice(0, most).map((c, i) => (
          <div key={`${c.name}${i}`}>
            <dt title={c.name}>{c.name}</dt>
            <dd>{c.type}</dd>
          </div>
        ))}
      </dl>
      {inputs.length + outputs.length > most && (
        <p className="quiet">and {inputs.length + outputs.length - most} more</p>
      )}
    </div>
  );
}
