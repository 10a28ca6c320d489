import { useSyncExternalStore } from 'react';
import type { Theme } from '../charts/tokens';
import { writeWish } from '../lib/storage';

const listeners = new Set<() => void>();
const read = (): Theme => (document.documentElement.dataset.theme === 'dark' ? 'dark' : 'light');

export function setTheme(theme: Theme): void {
  document.documentElement.dataset.theme = theme;
  writeWish('theme', theme);
  for (const listener of listeners) listener();
}

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};
export const useTheme = () => useSyncExternalStore(subscribe, read);
