import { type ReactNode, useEffect, useId, useRef, useState } from 'react';

function Body({ close, render }: { close: () => void; render: (close: () => void) => ReactNode }) {
  return render(close);
}

interface PopoverProps {
  label: string;
  button: ReactNode;
  className?: string;
  align?: 'left' | 'right';
  children: (close: () => void) => ReactNode;
}

/** A button with a small surface below it; Escape and a press elsewhere close it. */
export function Popover({ label, button, className = 'button', align = 'right', children }: PopoverProps) {
  const [open, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const trigger = useRef<HTMLButtonElement>(null);
  const id = useId();
  const close = () => {
    setOpen(false);
    trigger.current?.focus();
  };
  useEffect(() => {
    if (!open) return undefined;
    const outside = (event: Event) => {
      if (event.target instanceof Node && !root.current?.contains(event.target)) setOpen(false);
    };
    const escape = (event: KeyboardEvent) => {
      if (event.key !== 'Escape') return;
      event.preventDefault();
      setOpen(false);
      trigger.current?.focus();
    };
    document.addEventListener('pointerdown', outside);
    document.addEventListener('focusin', outside);
    document.addEventListener('keydown', escape);
    root.current?.querySelector<HTMLElement>('.popover button, .popover input, .popover select')?.focus();
    return () => {
      document.removeEventListener('pointerdown', outside);
      document.removeEventListener('focusin', outside);
      document.removeEventListener('keydown', escape);
    };
  }, [open]);
  return (
    <div className="popover-root" ref={root}>
      <button
        type="button"
        ref={trigger}
        className={className}
        aria-expanded={open}
        aria-controls={open ? id : undefined}
        aria-haspopup="dialog"
        title={label}
        onClick={() => setOpen(!open)}
      >
        <span className="sr-only">{label}: </span>
        {button}
      </button>
      {open && (
        <div id={id} className={`popover is-${align}`} role="dialog" aria-label={label}>
          <Body close={close} render={children} />
        </div>
      )}
    </div>
  );
}
