import type { KeyboardEvent } from 'react';

/** Where an arrow, Home, End or Page key leads inside a map; null when the key is not ours. */
export function gridMove(
  key: string,
  at: { row: number; col: number },
  size: { rows: number; cols: number },
): { row: number; col: number } | null {
  const clamp = (v: number, n: number) => Math.min(n - 1, Math.max(0, v));
  const moves: Record<string, [number, number]> = {
    ArrowUp: [-1, 0],
    ArrowDown: [1, 0],
    ArrowLeft: [0, -1],
    ArrowRight: [0, 1],
    PageUp: [-10, 0],
    PageDown: [10, 0],
    Home: [0, -size.cols],
    End: [0, size.cols],
  };
  const by = moves[key];
  if (!by) return null;
  return { row: clamp(at.row + by[0], size.rows), col: clamp(at.col + by[1], size.cols) };
}

export function onGridKey(
  event: KeyboardEvent,
  at: { row: number; col: number },
  size: { rows: number; cols: number },
  go: (to: { row: number; col: number }) => void,
): void {
  const to = gridMove(event.key, at, size);
  if (!to) return;
  event.preventDefault();
  go(to);
}
