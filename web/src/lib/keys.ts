import { useEffect, useRef } from 'react';

const offKey = 'trimtab.single_keys_off';

export function singleKeysOff(): boolean {
  try {
    return localStorage.getItem(offKey) === '1';
  } catch {
    return false;
  }
}

export function setSingleKeysOff(off: boolean): void {
  localStorage.setItem(offKey, off ? '1' : '0');
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)) &&
    !(target instanceof HTMLInputElement && target.type === 'range')
  );
}

export type Bindings = Record<string, (event: KeyboardEvent) => void>;

let pending: string | null = null;
let pendingTimer: ReturnType<typeof setTimeout> | undefined;

/** "g f" is two keys in a row; they never fire inside fields or while a dialog is open. */
export function useKeys(bindings: Bindings, enabled = true): void {
  const latest = useRef(bindings);
  useEffect(() => {
    latest.current = bindings;
  });
  useEffect(() => {
    if (!enabled) return undefined;
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      if (isTyping(event.target) || document.querySelector('dialog[open]')) return;
      if (singleKeysOff() && event.key.length === 1) return;
      const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
      const pair = pending ? `${pending} ${key}` : null;
      const found = (pair && latest.current[pair]) || (pair ? undefined : latest.current[key]);
      if (found) {
        event.preventDefault();
        found(event);
      }
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [enabled]);
}

/** Remembers a leading "g" for a second; mounted once, by the shell, after all other listeners. */
export function useChords(): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      clearTimeout(pendingTimer);
      const starts = event.key === 'g' && !event.ctrlKey && !event.metaKey && !isTyping(event.target);
      // Read by the listeners of this very event first, so it changes only afterwards.
      setTimeout(() => {
        pending = starts ? 'g' : null;
      });
      pendingTimer = setTimeout(() => {
        pending = null;
      }, 1200);
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, []);
}
