import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';

/** Rows of one height that are worth drawing: those in the window and a few around them. */
export function rowsInView(
  top: number,
  view: number,
  rowHeight: number,
  count: number,
  around = 12,
): [number, number] {
  const first = Math.floor(-top / rowHeight) - around;
  const last = Math.ceil((view - top) / rowHeight) + around;
  const start = Math.min(Math.max(0, first), Math.max(0, count - 1));
  return [start, Math.max(start, Math.min(count, last))];
}

interface VirtualRows {
  /** First row that is drawn, and the first that is not. */
  start: number;
  end: number;
  /** Brings a row into the window, drawn or not. */
  show: (row: number) => void;
}

/**
 * A long table draws the rows in the window only; the rest is one gap above and one below. All rows
 * have the same height, which is what makes this exact.
 */
export function useVirtualRows<T extends HTMLElement>(
  count: number,
  rowHeight: number,
): [RefObject<T | null>, VirtualRows] {
  const ref = useRef<T>(null);
  const [[start, end], setRange] = useState<[number, number]>(() => rowsInView(0, 800, rowHeight, count));
  const read = useCallback(() => {
    const top = ref.current?.getBoundingClientRect().top ?? 0;
    const next = rowsInView(top, window.innerHeight, rowHeight, count);
    setRange((old) => (old[0] === next[0] && old[1] === next[1] ? old : next));
  }, [count, rowHeight]);
  useLayoutEffect(read, [read]);
  useEffect(() => {
    let frame = 0;
    const onMove = () => {
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(read);
    };
    window.addEventListener('scroll', onMove, { passive: true });
    window.addEventListener('resize', onMove);
    return () => {
      cancelAnimationFrame(frame);
      window.removeEventListener('scroll', onMove);
      window.removeEventListener('resize', onMove);
    };
  }, [read]);
  const show = useCallback(
    (row: number) => {
      const top = (ref.current?.getBoundingClientRect().top ?? 0) + row * rowHeight;
      const margin = 80;
      if (top < margin) window.scrollBy(0, top - margin);
      else if (top + rowHeight > window.innerHeight - margin)
        window.scrollBy(0, top + rowHeight - window.innerHeight + margin);
    },
    [rowHeight],
  );
  return [ref, { start, end: Math.min(end, count), show }];
}
