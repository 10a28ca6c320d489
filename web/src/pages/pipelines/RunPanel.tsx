import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { retrainingQuery } from '../../api/loop';
import type { RetrainingRun } from '../../api/loop_shapes';
import { duration, exact, plural, words } from '../../lib/format';
import { moment, spanName } from '../../lib/time';
import { Panel } from '../../ui/Panel';
import { Ticked } from '../../ui/Ticked';
import { Answered } from '../../ui/states';

/** What set the training off, on which data, who allowed it, and how the job went. */
export function RunPanel({ run, zone }: { run: RetrainingRun; zone: string }) {
  const [open, setOpen] = useState(false);
  const time = (at: string) => <time dateTime={at}>{moment(at, zone)}</time>;
  return (
    <Panel title="Trigger, data and training" note={<code>{run.id}</code>}>
      <dl className="pairs">
        <dt>Cause</dt>
        <dd>
          <Ticked text={run.cause.text} />{' '}
          <span className="quiet">
            {run.cause.trigger ? `trigger ${run.cause.trigger}, ` : ''}
            {run.priority} priority
          </span>
        </dd>
        <dt>Asked by</dt>
        <dd>
          {run.requested_by}, {time(run.requested_at)}
        </dd>
        <dt>Approvals</dt>
        <dd>
          {run.approvals_needed === 0
            ? 'none needed'
            : `${run.approvals.length} of ${plural(run.approvals_needed, 'person', 'people')}`}
          {run.approvals.map((a) => (
            <span key={a.person} className="approval">
              <b>{a.person}</b>, {time(a.at)}
              {a.note && `: ${a.note}`}
            </span>
          ))}
        </dd>
        <dt>Data</dt>
        <dd>
          {run.snapshot ? (
            <>
              {exact(run.snapshot.n_rows)} labelled rows,{' '}
              {spanName(run.snapshot.period.start, run.snapshot.period.end, zone)}{' '}
              <code title={run.snapshot.sha256}>{run.snapshot.sha256.slice(0, 12)}</code>
            </>
          ) : (
            `${spanName(run.period.start, run.period.end, zone)}, not written yet`
          )}
        </dd>
        <dt>Training</dt>
        <dd>
          {words(run.state)}
          {run.submitted_at && (
            <>
              , submitted {time(run.submitted_at)}
              {run.ended_at &&
                `, ${duration(Date.parse(run.ended_at) - Date.parse(run.submitted_at))} in all`}
            </>
          )}
          <Elsewhere url={run.job_url} text="job" />
          {!run.result?.run_id && <Elsewhere url={run.result?.run_url} text="its run" />}
          {run.n_attempts > 1 && `, ${run.n_attempts} attempts`}
          {run.result?.run_id && (
            <>
              {' '}
              <Link
                to="/experiments/$experiment/runs/$run"
                params={{ experiment: experimentIn(run.result.run_url), run: run.result.run_id }}
              >
                run {run.result.run_id.slice(0, 8)}
              </Link>
            </>
          )}
        </dd>
        {(run.end_reason ?? run.last_error) && (
          <>
            <dt>Ended</dt>
            <dd>
              <Ticked text={run.end_reason ?? run.last_error ?? ''} />
            </dd>
          </>
        )}
      </dl>
      <button type="button" className="text-button" aria-expanded={open} onClick={() => setOpen(!open)}>
        {open ? 'Hide the log' : 'Show the log'}
      </button>
      {open && <Log model={run.model} id={run.id} />}
    </Panel>
  );
}

/** A page of whoever ran the job. What is no address of the web stays text. */
function Elsewhere({ url, text }: { url: string | null | undefined; text: string }) {
  if (!url || !/^https?:\/\//.test(url)) return null;
  return (
    <>
      ,{' '}
      <a href={url} target="_blank" rel="noreferrer">
        {text}
      </a>
    </>
  );
}

/** The experiment that a run's address names; its page corrects a wrong one. */
const experimentIn = (url: string | null | undefined) =>
  /experiments\/(\d+)\/runs/.exec(url ?? '')?.[1] ?? '0';

function Log({ model, id }: { model: string; id: string }) {
  const query = useQuery(retrainingQuery(model, id));
  return (
    <Answered query={query} what="The log" height={80}>
      {(detail) =>
        detail.log ? (
          // Scrolls by keyboard too, so it takes the focus.
          // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
          <pre className="log" tabIndex={0} role="region" aria-label="Log of the training job">
            {detail.log}
          </pre>
        ) : (
          <p className="quiet">The job has written nothing.</p>
        )
      }
    </Answered>
  );
}
