import { useState } from 'react';
import { acts } from '../../api/loop';
import type { Pipeline } from '../../api/loop_shapes';
import { useKeys } from '../../lib/keys';
import { ConfirmDialog, ReasonDialog } from '../../ui/ConfirmDialog';
import { Icon } from '../../ui/Icon';
import { useAct, useMayAct } from './acts';

type Asking =
  'start' | 'rollback' | 'approve_run' | 'reject_run' | 'cancel_run' | 'approve' | 'pause' | 'resume';

/** What a person may do to this pipeline where it stands now. */
export function possible(p: Pipeline): Asking[] {
  const { run, gate, traffic } = p;
  if (traffic) {
    if (traffic.phase === 'running') return ['approve', 'pause', 'rollback'];
    if (traffic.phase === 'paused') return ['resume', 'rollback'];
    if (traffic.phase === 'completed' && p.state === 'shipped') return ['rollback'];
    return [];
  }
  if (gate?.verdict === 'passed') return ['start'];
  if (run && /^(suggested|requested|awaiting_approval|waiting)/.test(run.state) && !run.ended_at)
    return ['approve_run', 'reject_run'];
  return run && !run.ended_at ? ['cancel_run'] : [];
}

export function PipelineActions({ p }: { p: Pipeline }) {
  const [asking, setAsking] = useState<Asking | null>(null);
  const act = useAct();
  const may = useMayAct();
  const can = possible(p);
  const version = p.version ?? 'the candidate';
  useKeys({
    p: () => may.edit && can.includes('start') && setAsking('start'),
    b: () => may.respond && can.includes('rollback') && setAsking('rollback'),
  });
  const close = () => setAsking(null);
  const confirm = (run: () => Promise<unknown>, done: string, failed: string) => {
    close();
    act({ run, done, failed });
  };
  const button = (which: Asking, label: string, look = 'button') =>
    can.includes(which) && (
      <button
        type="button"
        className={look}
        disabled={!may.edit}
        title={may.edit ? undefined : 'Your token may not change what serves'}
        onClick={() => setAsking(which)}
      >
        {label}
        {which === 'start' && (
          <>
            {' '}
            <kbd>P</kbd>
          </>
        )}
        {which === 'rollback' && (
          <>
            {' '}
            <kbd>B</kbd>
          </>
        )}
      </button>
    );
  return (
    <div className="actions">
      {button('start', `Roll out ${version}`, 'button is-primary')}
      {button('approve', 'Allow the next step', 'button is-primary')}
      {button('approve_run', 'Approve retraining', 'button is-primary')}
      {button('resume', 'Resume', 'button is-primary')}
      {button('pause', 'Pause')}
      {button('reject_run', 'Reject')}
      {button('cancel_run', 'Cancel the run')}
      {can.includes('rollback') && (
        <button
          type="button"
          className="button"
          disabled={!may.respond}
          onClick={() => setAsking('rollback')}
        >
          <Icon name="back" /> Roll back to {p.champion ?? 'the champion'} <kbd>B</kbd>
        </button>
      )}
      <ConfirmDialog
        title={`Roll out ${version} of ${p.model}`}
        object={p.model}
        verb={`Roll out ${version}`}
        open={asking === 'start'}
        onClose={close}
        onConfirm={(reason) =>
          confirm(
            () => acts.startRollout(p.model, p.version ?? '', p.gate?.id ?? '', reason),
            `${version} of ${p.model} is on its way.`,
            `${version} could not be rolled out`,
          )
        }
      >
        It starts in shadow and takes traffic step by step; guardrails take it back by themselves.
      </ConfirmDialog>
      <ConfirmDialog
        title={`Roll back ${version} of ${p.model}`}
        object={p.model}
        verb={`Roll back to ${p.champion ?? 'the champion'}`}
        isDanger
        open={asking === 'rollback'}
        onClose={close}
        onConfirm={(reason) =>
          confirm(
            () => acts.onRollout(p.model, 'rollback', reason),
            `${p.model} goes back to ${p.champion ?? 'the version before'}.`,
            `${p.model} could not be rolled back`,
          )
        }
      >
        Every request is answered by {p.champion ?? 'the version before'} again within a second.
      </ConfirmDialog>
      <SmallDialogs p={p} asking={asking} onClose={close} onConfirm={confirm} />
    </div>
  );
}

interface SmallProps {
  p: Pipeline;
  asking: Asking | null;
  onClose: () => void;
  onConfirm: (run: () => Promise<unknown>, done: string, failed: string) => void;
}

/** What can be taken back asks for a reason alone. */
function SmallDialogs({ p, asking, onClose, onConfirm }: SmallProps) {
  const id = p.run?.id ?? '';
  const rows: {
    which: Asking;
    title: string;
    verb: string;
    run: (r: string) => Promise<unknown>;
    done: string;
  }[] = [
    {
      which: 'approve_run',
      title: `Approve retraining of ${p.model}`,
      verb: 'Approve',
      run: (r) => acts.approveRun(p.model, id, r),
      done: 'Approved.',
    },
    {
      which: 'reject_run',
      title: `Reject retraining of ${p.model}`,
      verb: 'Reject',
      run: (r) => acts.rejectRun(p.model, id, r),
      done: 'Rejected.',
    },
    {
      which: 'cancel_run',
      title: `Cancel retraining of ${p.model}`,
      verb: 'Cancel the run',
      run: (r) => acts.cancelRun(p.model, id, r),
      done: 'The run is being cancelled.',
    },
    {
      which: 'approve',
      title: 'Allow the next step',
      verb: 'Allow',
      run: (r) => acts.onRollout(p.model, 'approve', r),
      done: 'The next step begins as soon as its conditions hold.',
    },
    {
      which: 'pause',
      title: `Pause the rollout of ${p.version}`,
      verb: 'Pause',
      run: (r) => acts.onRollout(p.model, 'pause', r),
      done: 'Paused. Shares stay as they are.',
    },
    {
      which: 'resume',
      title: `Resume the rollout of ${p.version}`,
      verb: 'Resume',
      run: (r) => acts.onRollout(p.model, 'resume', r),
      done: 'Resumed.',
    },
  ];
  return rows.map((row) => (
    <ReasonDialog
      key={row.which}
      title={row.title}
      verb={row.verb}
      open={asking === row.which}
      onClose={onClose}
      onConfirm={(reason) => onConfirm(() => row.run(reason), row.done, `${row.title}: failed`)}
    />
  ));
}
