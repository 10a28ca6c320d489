import { useState } from 'react';
import { acts } from '../../api/loop';
import type { ModelVersion, RegisteredModel } from '../../api/loop_shapes';
import { useKeys } from '../../lib/keys';
import { ConfirmDialog } from '../../ui/ConfirmDialog';
import { Icon } from '../../ui/Icon';
import { useAct, useMayAct } from '../pipelines/acts';

interface VersionActionsProps {
  data: RegisteredModel;
  chosen: ModelVersion;
  champion: string | null;
}

/** Where a rollback leads: to the version that served before, unless that way was gone already. */
export function before(data: RegisteredModel): string | null {
  const idx = data.served.findLastIndex((s) => s.to === null);
  if (data.served[idx]?.kind === 'rolled_back') return null;
  return idx > 0 ? (data.served[idx - 1]?.version ?? null) : null;
}

export function VersionActions({ data, chosen, champion }: VersionActionsProps) {
  const [asking, setAsking] = useState<'promote' | 'rollback' | null>(null);
  const act = useAct();
  const may = useMayAct();
  const passed = chosen.validation?.verdict === 'passed';
  const canPromote = chosen.version !== champion && passed;
  const previous = before(data);
  useKeys({
    p: () => may.edit && canPromote && setAsking('promote'),
    b: () => may.respond && previous !== null && setAsking('rollback'),
  });
  const close = () => setAsking(null);
  const why = !may.edit
    ? 'Your token may not change what serves'
    : passed
      ? undefined
      : `${chosen.version} has no passed validation`;
  return (
    <div className="actions">
      {chosen.version !== champion && (
        <button
          type="button"
          className="button is-primary"
          disabled={!may.edit || !canPromote}
          title={why}
          onClick={() => setAsking('promote')}
        >
          <Icon name="up" /> Promote {chosen.version} <kbd>P</kbd>
        </button>
      )}
      {previous && (
        <button
          type="button"
          className="button"
          disabled={!may.respond}
          onClick={() => setAsking('rollback')}
        >
          <Icon name="back" /> Roll back to {previous} <kbd>B</kbd>
        </button>
      )}
      <ConfirmDialog
        title={`Promote ${chosen.version} of ${data.model}`}
        object={data.model}
        verb={`Promote ${chosen.version}`}
        open={asking === 'promote'}
        onClose={close}
        onConfirm={(reason) => {
          close();
          act({
            run: () => acts.promote(data.model, chosen.version, reason),
            done: `${chosen.version} of ${data.model} was promoted.`,
            failed: `${chosen.version} could not be promoted`,
          });
        }}
      >
        {champion ? `It takes the place of ${champion}. ` : ''}Its validation passed; who, when and why go
        into the audit log.
      </ConfirmDialog>
      <ConfirmDialog
        title={`Roll back ${data.model}`}
        object={data.model}
        verb={`Roll back to ${previous}`}
        isDanger
        open={asking === 'rollback'}
        onClose={close}
        onConfirm={(reason) => {
          close();
          act({
            run: () => acts.rollBack(data.model, reason),
            done: `${data.model} goes back to ${previous}.`,
            failed: `${data.model} could not be rolled back`,
          });
        }}
      >
        Every request is answered by {previous} again within a second.
      </ConfirmDialog>
    </div>
  );
}
