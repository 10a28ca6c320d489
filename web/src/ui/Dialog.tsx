import { type ReactNode, useEffect, useRef } from 'react';

interface DialogProps {
  label: string;
  open: boolean;
  onClose: () => void;
  className?: string;
  children: ReactNode;
}

/** The browser's own dialog: focus stays inside, Escape closes it, the page behind is inert. */
export function Dialog({ label, open, onClose, className = '', children }: DialogProps) {
  const ref = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const dialog = ref.current;
    if (!dialog) return;
    if (open && !dialog.open) dialog.showModal();
    if (!open && dialog.open) dialog.close();
  }, [open]);
  return (
    // The backdrop belongs to the element itself, so a press on it is a press outside.
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-noninteractive-element-interactions
    <dialog
      ref={ref}
      className={`dialog ${className}`}
      aria-label={label}
      onClose={onClose}
      onClick={(event) => {
        if (event.target === ref.current) onClose();
      }}
    >
      {open && <div className="dialog-body">{children}</div>}
    </dialog>
  );
}
