import type { QueryClient } from '@tanstack/react-query';
import { useSyncExternalStore } from 'react';
import { authHeaders } from './client';

// The server says what changed; the queries that show it are asked again. Read with fetch rather
// than EventSource, because only fetch can carry a token.

export type LiveState = 'connecting' | 'live' | 'lost';
interface Live {
  state: LiveState;
  /** When the newest answer or event came in. */
  at: number | null;
}

let live: Live = { state: 'connecting', at: null };
const listeners = new Set<() => void>();

function setLive(next: Partial<Live>): void {
  live = { ...live, ...next };
  for (const listener of listeners) listener();
}

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};
export const useLive = () => useSyncExternalStore(subscribe, () => live);

export interface Changed {
  kind: 'fleet' | 'model' | 'incident';
  model: string | null;
}

/** Cuts a stream of server-sent events into their data; keeps what is not whole yet. */
export function readEvents(buffer: string): { events: Changed[]; rest: string } {
  const blocks = buffer.replaceAll('\r\n', '\n').split('\n\n');
  const rest = blocks.pop() ?? '';
  const events = blocks.flatMap((block) => {
    const data = block
      .split('\n')
      .filter((l) => l.startsWith('data:'))
      .map((l) => l.slice(5).trim())
      .join('\n');
    if (!data) return [];
    try {
      return [JSON.parse(data) as Changed];
    } catch {
      return [];
    }
  });
  return { events, rest };
}

/** The query keys that an event makes old. */
export function touched(event: Changed): unknown[][] {
  const keys: unknown[][] = [['fleet'], ['loop']];
  if (event.model) keys.push(['model', event.model]);
  else if (event.kind === 'model') keys.push(['model']);
  if (event.kind !== 'model') keys.push(['incidents'], ['incident']);
  return keys;
}

const pauseMs = 1500;
const busyMs = 500;

function invalidator(client: QueryClient): (event: Changed) => void {
  const waiting = new Map<string, unknown[]>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const flush = () => {
    // A replay changes things faster than they can be read; the last answers come first.
    if (client.isFetching() > 0) {
      timer = setTimeout(flush, busyMs);
      return;
    }
    timer = undefined;
    for (const queryKey of waiting.values()) void client.invalidateQueries({ queryKey });
    waiting.clear();
  };
  return (event) => {
    for (const key of touched(event)) waiting.set(JSON.stringify(key), key);
    timer ??= setTimeout(flush, pauseMs);
  };
}

async function listen(signal: AbortSignal, onEvent: (event: Changed) => void): Promise<void> {
  const response = await fetch('/api/v1/events', {
    headers: { accept: 'text/event-stream', ...authHeaders() },
    signal,
  });
  if (!response.ok || !response.body) throw new Error(`events answered ${response.status}`);
  setLive({ state: 'live' });
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let buffer = '';
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    setLive({ at: Date.now() });
    const read = readEvents(buffer + value);
    buffer = read.rest;
    read.events.forEach(onEvent);
  }
}

/** Keeps one connection open and refreshes everything after a gap, since events may be missed. */
export function followEvents(client: QueryClient): () => void {
  const stop = new AbortController();
  const onEvent = invalidator(client);
  const unsubscribe = client.getQueryCache().subscribe((e) => {
    if (e.type === 'updated' && e.action.type === 'success') setLive({ at: Date.now() });
  });
  const run = async () => {
    let wait = 1000;
    while (!stop.signal.aborted) {
      const began = Date.now();
      try {
        await listen(stop.signal, onEvent);
      } catch {
        // Lost or refused: shown in the top bar, tried again below.
      }
      if (stop.signal.aborted) return;
      wait = Date.now() - began > 10_000 ? 1000 : Math.min(wait * 2, 15_000);
      setLive({ state: 'lost' });
      await new Promise((done) => setTimeout(done, wait));
      void client.invalidateQueries();
    }
  };
  void run();
  return () => {
    stop.abort();
    unsubscribe();
  };
}
