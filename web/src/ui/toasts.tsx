import { useSyncExternalStore } from 'react';
import { Icon } from './Icon';

interface Toast {
  id: number;
  text: string;
  isError: boolean;
}

let toasts: Toast[] = [];
let counter = 0;
const listeners = new Set<() => void>();

function set(next: Toast[]): void {
  toasts = next;
  for (const listener of listeners) listener();
}

export function dismiss(id: number): void {
  set(toasts.filter((t) => t.id !== id));
}

/** Says what happened, at the lower edge; errors stay until they are closed. */
export function say(text: string, isError = false): void {
  const id = ++counter;
  set([...toasts.slice(-2), { id, text, isError }]);
  if (!isError) setTimeout(() => dismiss(id), 6000);
}

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

export function Toasts() {
  const shown = useSyncExternalStore(subscribe, () => toasts);
  return (
    <div className="toasts" role="status" aria-live="polite">
      {shown.map((t) => (
        <div key={t.id} className={t.isError ? 'toast is-error' : 'toast'}>
          <span>{t.text}</span>
          <button
            type="button"
            className="icon-button"
            aria-label="Close message"
            onClick={() => dismiss(t.id)}
          >
            <Icon name="close" size={14} />
          </button>
        </div>
      ))}
    </div>
  );
}
