import { type RefObject, useLayoutEffect, useRef, useState } from 'react';

/** The width an element really has, followed as it changes. */
export function useWidth<T extends HTMLElement>(start = 640): [RefObject<T | null>, number] {
  const ref = useRef<T>(null);
  const [width, setWidth] = useState(start);
  useLayoutEffect(() => {
    const element = ref.current;
    if (!element) return undefined;
    const read = () => setWidth((old) => Math.floor(element.clientWidth) || old);
    read();
    if (typeof ResizeObserver === 'undefined') return undefined;
    const observer = new ResizeObserver(read);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [ref, width];
}
