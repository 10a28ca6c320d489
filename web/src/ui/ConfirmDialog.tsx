import { type ReactNode, useState } from 'react';
import { Dialog } from './Dialog';

interface ConfirmProps {
  /** What is about to happen: "Promote v7". */
  title: string;
  /** The name that must be typed. */
  object: string;
  verb: string;
  isDanger?: boolean;
  open: boolean;
  onClose: () => void;
  onConfirm: (reason: string) => void;
  children?: ReactNode;
}

/** For what production notices: the object's name and a reason, which goes into the audit log. */
export function ConfirmDialog({ open, ...rest }: ConfirmProps) {
  return (
    <Dialog label={rest.title} open={open} onClose={rest.onClose}>
      <ConfirmForm {...rest} />
    </Dialog>
  );
}

function ConfirmForm({
  title,
  object,
  verb,
  isDanger,
  onClose,
  onConfirm,
  children,
}: Omit<ConfirmProps, 'open'>) {
  const [typed, setTyped] = useState('');
  const [reason, setReason] = useState('');
  const fits = typed.trim() === object;
  const ready = fits && reason.trim().length > 0;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (ready) onConfirm(reason.trim());
      }}
    >
      <h2>{title}</h2>
      {children && <div className="dialog-text">{children}</div>}
      <label className="field">
        <span>
          Type <b className="name">{object}</b> to confirm
        </span>
        <input
          // The dialog was opened in order to type.
          // oxlint-disable-next-line jsx-a11y/no-autofocus
          autoFocus
          value={typed}
          autoComplete="off"
          spellCheck={false}
          aria-invalid={typed.length >= object.length && !fits}
          onChange={(e) => setTyped(e.target.value)}
        />
      </label>
      <label className="field">
        Reason, for the audit log
        <textarea
          rows={3}
          required
          maxLength={2000}
          value={reason}
          onChange={(e) => setReason(e.target.value)}
        />
      </label>
      <div className="dialog-actions">
        <button type="button" className="button" onClick={onClose}>
          Cancel
        </button>
        <button
          type="submit"
          className={isDanger ? 'button is-danger' : 'button is-primary'}
          disabled={!ready}
        >
          {verb}
        </button>
      </div>
    </form>
  );
}

interface ReasonProps {
  title: string;
  verb: string;
  label?: string;
  isOptional?: boolean;
  open: boolean;
  onClose: () => void;
  onConfirm: (reason: string) => void;
  children?: ReactNode;
}

/** For what can be taken back: a reason alone. */
export function ReasonDialog({ open, ...rest }: ReasonProps) {
  return (
    <Dialog label={rest.title} open={open} onClose={rest.onClose}>
      <ReasonForm {...rest} />
    </Dialog>
  );
}

function ReasonForm({
  title,
  verb,
  label = 'Reason, for the audit log',
  isOptional = false,
  onClose,
  onConfirm,
  children,
}: Omit<ReasonProps, 'open'>) {
  const [reason, setReason] = useState('');
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (isOptional || reason.trim()) onConfirm(reason.trim());
      }}
    >
      <h2>{title}</h2>
      {children && <div className="dialog-text">{children}</div>}
      <label className="field">
        {label}
        <textarea
          // The dialog was opened in order to type.
          // oxlint-disable-next-line jsx-a11y/no-autofocus
          autoFocus
          rows={3}
          maxLength={2000}
          value={reason}
          onChange={(e) => setReason(e.target.value)}
        />
      </label>
      <div className="dialog-actions">
        <button type="button" className="button" onClick={onClose}>
          Cancel
        </button>
        <button type="submit" className="button is-primary" disabled={!isOptional && !reason.trim()}>
          {verb}
        </button>
      </div>
    </form>
  );
}
