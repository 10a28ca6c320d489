import { useSyncExternalStore } from 'react';
import { readWish, writeWish } from '../lib/storage';

const listeners = new Set<() => void>();

function load(): string[] {
  try {
    const value: unknown = JSON.parse(readWish('pins') ?? '[]');
    return Array.isArray(value) ? value.filter((v): v is string => typeof v === 'string') : [];
  } catch {
    return [];
  }
}

let pins = load();

export function togglePin(model: string): void {
  pins = pins.includes(model) ? pins.filter((p) => p !== model) : [...pins, model];
  writeWish('pins', JSON.stringify(pins));
  for (const listener of listeners) listener();
}

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};
export const usePins = () => useSyncExternalStore(subscribe, () => pins);
