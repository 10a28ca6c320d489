import { expect, it } from 'vitest';
import { readEvents, touched } from '../src/api/events';

it('reads whole events and keeps the rest for later', () => {
  const { events, rest } = readEvents(
    'event: changed\ndata: {"kind":"model","model":"flights"}\n\n: still here\n\nevent: changed\ndata: {"kind":',
  );
  expect(events).toEqual([{ kind: 'model', model: 'flights' }]);
  expect(rest).toBe('event: changed\ndata: {"kind":');
});

it('survives lines ended by a carriage return and data that is not JSON', () => {
  expect(readEvents('data: {"kind":"fleet","model":null}\r\n\r\ndata: oops\n\n').events).toEqual([
    { kind: 'fleet', model: null },
  ]);
});

it('makes old only what an event touches', () => {
  expect(touched({ kind: 'model', model: 'flights' })).toEqual([['fleet'], ['loop'], ['model', 'flights']]);
  expect(touched({ kind: 'incident', model: 'flights' })).toEqual([
    ['fleet'],
    ['loop'],
    ['model', 'flights'],
    ['incidents'],
    ['incident'],
  ]);
});
