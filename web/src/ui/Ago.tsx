import { useEffect, useState } from 'react';
import { duration } from '../lib/format';

/** The wall clock, looked at every few seconds. */
export function useNow(everyMs = 5000): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}

export function Ago({ at }: { at: string }) {
  const now = useNow();
  return <span title={at}>{duration(now - Date.parse(at))}</span>;
}
