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

/** Nothing in particular has the focus, so Enter may mean the marked row. */
export function isIdle(): boolean {
  const active = document.activeElement;
  return active === null || active === document.body || active.id === 'main';
}

export type Bindings = Record<string, (event: KeyboardEvent) => void>;

const pauseMs = 1200;
let lead: { key: string; at: number } | null = null;
let pair: string | null = null;

// Runs before every other listener of the same event: knows whether a key follows a leading "g".
function notePair(event: KeyboardEvent): void {
  const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey && !isTyping(event.target);
  const isFresh = lead !== null && event.timeStamp - lead.at < pauseMs;
  pair = isPlain && lead !== null && isFresh ? `${lead.key} ${event.key.toLowerCase()}` : null;
  lead = isPlain && pair === null && event.key === 'g' ? { key: 'g', at: event.timeStamp } : null;
}
if (typeof window !== 'undefined') window.addEventListener('keydown', notePair, { capture: true });

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
      const found = latest.current[pair ?? key];
      if (!found) return;
      event.preventDefault();
      found(event);
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [enabled]);
}
