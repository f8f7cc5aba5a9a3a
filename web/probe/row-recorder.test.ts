import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import type { TransportName } from '../../server/wire.ts';
import type { Env, EventStreamHandlers, FrameHandlers, SocketHandlers } from '../clients/client.ts';
import { createRowRecorder } from './row-recorder.ts';

const answerOf = (status: number) => ({ ok: status < 300, status });

/** A host whose clock and connections the test moves. */
function setUp(transport: TransportName) {
  let atMs = 1000;
  let stream: EventStreamHandlers | undefined;
  let socket: SocketHandlers | undefined;
  let frame: FrameHandlers | undefined;
  const statuses: number[] = [];
  const host: Env = {
    now: () => atMs,
    random: () => 0.5,
    loadTransport: () => Promise.reject(new Error('not needed')),
    fetch: async () => ({
      ...answerOf(statuses.shift() ?? 200),
      headers: { get: () => null, entries: () => [] },
      json: async () => ({}),
      chunks: () => Readable.from(['a', 'b']),
    }),
    openSocket: (_url, handlers) => {
      socket = handlers;
      return { send: () => undefined, close: () => undefined };
    },
    openEventStream: (_url, _names, handlers) => {
      stream = handlers;
      return () => undefined;
    },
    page: {
      openFrame: (_url, handlers) => {
        frame = handlers;
        return () => undefined;
      },
      loadScript: () => () => undefined,
    },
  };
  const recorder = createRowRecorder(transport, host, { since: (at) => at - 1000, offsetMs: 50 });
  const at = (ms: number) => {
    atMs = 1000 + ms;
    return atMs;
  };
  const noop = { event: () => undefined, end: () => undefined };
  return {
    recorder,
    at,
    statuses,
    openStream: () => recorder.env.openEventStream('http://lab.test/', [], noop),
    openSocket: () =>
      recorder.env.openSocket('ws://lab.test/', { text: () => undefined, closed: () => undefined }),
    stream: () => stream!,
    socket: () => socket!,
    frame: () => frame!,
  };
}

test('a stream: when it was asked for, answered, opened, and what came how late', () => {
  const { recorder, at, openStream, stream } = setUp('sse');
  recorder.observe({ kind: 'request', id: 1, at: at(10) });
  openStream();
  at(20);
  stream().opened?.();
  recorder.observe({ kind: 'state', state: 'open', at: at(25) });
  const message = { seq: 1, at: 1080, type: 'probe', data: null };
  recorder.event({ kind: 'message', message, cursor: 'e-1', receivedAt: at(40) });
  expect(recorder.evidence).toMatchObject({
    openedAtMs: [25],
    exchanges: [{ atMs: 10, headMs: 20, endMs: null, status: 200, outcome: null }],
    arrivals: [{ seq: 1, atMs: 40, lateMs: 10 }],
  });
});

test('a loss: how old the line was, how long it had been silent, and what silence it had survived', () => {
  const { recorder, at, openStream, stream } = setUp('sse');
  recorder.observe({ kind: 'request', id: 1, at: at(0) });
  openStream();
  recorder.observe({ kind: 'state', state: 'open', at: at(100) });
  at(1100);
  stream().event('beat', '{}', '');
  at(1300);
  stream().event('beat', '{}', '');
  recorder.observe({
    kind: 'state',
    state: 'waiting',
    at: at(4300),
    lostBy: 'watch',
    error: 'Nothing came.',
  });
  expect(recorder.evidence.losses).toEqual([
    { atMs: 4300, ageMs: 4300, silentMs: 3000, survivedMs: 1000, by: 'watch', error: 'Nothing came.' },
  ]);
  // The next connection begins anew, and one that never opened is no loss.
  recorder.observe({ kind: 'request', id: 2, at: at(5000) });
  recorder.observe({ kind: 'state', state: 'waiting', at: at(5100) });
  expect(recorder.evidence.losses).toHaveLength(1);
});

test('what comes of a fetched stream is a sign of life, whatever it is made of', async () => {
  const { recorder, at } = setUp('ndjson');
  recorder.observe({ kind: 'request', id: 1, at: at(0) });
  at(100);
  const { chunks } = await recorder.env.fetch('http://lab.test/', { signal: new AbortController().signal });
  recorder.observe({ kind: 'state', state: 'open', at: at(120) });
  at(1000);
  for await (const _ of chunks()) at(1500);
  recorder.observe({ kind: 'state', state: 'waiting', at: at(2000) });
  expect(recorder.evidence).toMatchObject({
    exchanges: [{ headMs: 100, status: 200 }],
    losses: [{ silentMs: 500, survivedMs: 880 }],
  });
});

test('a frame has answered when something comes of it, with a status that nobody sees', () => {
  const { recorder, at, frame } = setUp('sse');
  recorder.observe({ kind: 'request', id: 1, at: at(0) });
  recorder.env.page?.openFrame('http://lab.test/', { value: () => undefined, ended: () => undefined });
  at(70);
  frame().value({});
  expect(recorder.evidence.exchanges).toMatchObject([{ headMs: 70, status: null }]);
});

test('what is posted beside a poll has an answer of its own', async () => {
  const { recorder, at, statuses } = setUp('socketio-polling');
  const { signal } = new AbortController();
  recorder.observe({ kind: 'request', id: 1, at: at(0) });
  at(40);
  await recorder.env.fetch('http://lab.test/', { signal, method: 'POST', body: '3' });
  expect(recorder.evidence.exchanges).toMatchObject([{ headMs: null, status: null }]);
  statuses.push(403);
  await recorder.env.fetch('http://lab.test/', { signal, method: 'POST', body: '3' });
  expect(recorder.evidence.exchanges).toMatchObject([{ headMs: null, status: 403 }]);
});

describe('a refusal', () => {
  test('of a stream or an upgrade has its status where the host tells', () => {
    const sse = setUp('sse');
    sse.recorder.observe({ kind: 'request', id: 1, at: sse.at(0) });
    sse.openStream();
    sse.stream().refused?.(429);
    expect(sse.recorder.evidence.exchanges[0]?.status).toBe(429);
    const websocket = setUp('websocket');
    websocket.recorder.observe({ kind: 'request', id: 1, at: websocket.at(0) });
    websocket.openSocket();
    websocket.socket().refused?.(403);
    expect(websocket.recorder.evidence.exchanges[0]?.status).toBe(403);
  });

  test('that a plain request has explained has that one’s status beside its own', async () => {
    const { recorder, at, statuses } = setUp('websocket');
    recorder.observe({ kind: 'request', id: 1, at: at(0) });
    statuses.push(426);
    const signal = new AbortController().signal;
    await recorder.env.fetch('http://lab.test/feeds/x/websocket?diagnose=1', { signal });
    expect(recorder.evidence.exchanges).toMatchObject([{ status: null, headMs: null, plainStatus: 426 }]);
  });
});

test('of a long series of polls the beginning, the end and the failures are kept, and the rest counted', () => {
  const { recorder, at } = setUp('long-poll');
  for (let i = 0; i < 300; i++) {
    recorder.observe({ kind: 'request', id: i, at: at(i * 10) });
    const outcome = i % 50 === 49 ? 'failed' : 'empty';
    recorder.observe({ kind: 'response', id: i, at: at(i * 10 + 1), outcome, messages: 0 });
  }
  const { exchanges, exchangesLeftOut } = recorder.evidence;
  expect(exchanges.length + exchangesLeftOut).toBe(300);
  expect(exchanges.length).toBeLessThanOrEqual(120);
  expect(exchanges.filter(({ outcome }) => outcome === 'failed')).toHaveLength(6);
  expect([exchanges[0]?.atMs, exchanges.at(-1)?.atMs]).toEqual([0, 2990]);
});
