import { describe, expect, it } from 'vitest';
import { Trace } from './trace.ts';

const request = (trace: Trace, id: number, at: number): void => trace.activity({ kind: 'request', id, at });
const response = (trace: Trace, id: number, at: number, messages = 0): void =>
  trace.activity({ kind: 'response', id, at, outcome: messages > 0 ? 'messages' : 'empty', messages });

describe('requests', () => {
  it('are open until they end, and know what kind they are', () => {
    const trace = new Trace('socket');
    request(trace, 1, 10);
    expect(trace.open.items).toEqual([{ id: 1, start: 10, kind: 'socket' }]);
    response(trace, 1, 30, 2);
    expect(trace.open.items).toEqual([]);
    expect(trace.ended.items).toEqual([
      { id: 1, start: 10, kind: 'socket', end: 30, outcome: 'messages', messages: 2 },
    ]);
  });

  it('are forgotten when they are over and old, and never while they last', () => {
    const trace = new Trace('request');
    request(trace, 1, 0);
    request(trace, 2, 5);
    response(trace, 2, 10);
    trace.prune(11);
    expect(trace.open.items).toHaveLength(1);
    expect(trace.ended.items).toHaveLength(0);
  });
});

describe('messages', () => {
  it('that were due together and came together are one', () => {
    const trace = new Trace('request');
    trace.message(100, 101);
    trace.message(101, 102);
    trace.message(150, 151);
    trace.message(151, 190);
    expect(trace.arrivals.items.map(({ count }) => count)).toEqual([2, 1, 1]);
  });

  it('are bounded in number, and tell what is new', () => {
    const trace = new Trace('request');
    for (let i = 0; i < 100_000; i++) trace.message(i * 10, i * 10);
    expect(trace.arrivals.items.length).toBeLessThanOrEqual(25_000);
    const { total } = trace.arrivals;
    trace.message(2e6, 2e6);
    expect(trace.arrivals.since(total)).toEqual([{ due: 2e6, at: 2e6, count: 1 }]);
    expect(trace.arrivals.since(trace.arrivals.total)).toEqual([]);
  });
});

it('an outage lasts until the line is open, over all attempts', () => {
  const trace = new Trace('request');
  const states = [
    'connecting',
    'open',
    'cut',
    'connecting',
    'waiting',
    'connecting',
    'waiting',
    'open',
  ] as const;
  states.forEach((state, at) => void trace.activity({ kind: 'state', state, at }));
  expect(trace.outages.items).toEqual([
    { start: 2, cut: true, end: 4 },
    { start: 4, cut: false, end: 7 },
  ]);
});
