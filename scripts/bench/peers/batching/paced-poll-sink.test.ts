import { createServer, type Server } from 'node:http';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { peerMessage, peerNow } from '../message.ts';
import { listenOn } from '../serve.ts';
import { PacedPollSink } from './paced-poll-sink.ts';

const INTERVAL_MS = 20;

let server: Server;
let sink: PacedPollSink;
/** When each client's requests came, and what they asked for. */
let requests: { readonly port: number; readonly url: string; readonly atMs: number }[];
/** What the next poll of each client is told. */
let news: Map<number, string>;

beforeEach(async () => {
  requests = [];
  news = new Map();
  server = createServer((request, response) => {
    const port = request.socket.remotePort ?? 0;
    requests.push({ port, url: request.url ?? '', atMs: performance.now() });
    const body = news.get(port);
    news.delete(port);
    if (body === undefined && request.url?.includes('after')) response.writeHead(204).end();
    else response.end(body ?? '{"messages":[],"cursor":"e-0"}');
  });
  const dialect = { kind: 'poll', path: '/feed', after: 'cursor' } as const;
  sink = new PacedPollSink(await listenOn(server), dialect, { intervalMs: INTERVAL_MS, seed: 1 });
});
afterEach(async () => {
  await sink.resize(0);
  await new Promise((resolve) => server.close(resolve));
});

/** Resolves when there have been so many requests. */
async function until(count: number): Promise<void> {
  while (requests.length < count) await new Promise((resolve) => server.once('request', resolve));
}

test('each client asks once an interval, from where the answer before has left it', async () => {
  await sink.resize(3);
  await until(3 * 12);
  const clients = [...new Set(requests.map(({ port }) => port))];
  expect(clients).toHaveLength(3);
  for (const port of clients) {
    const own = requests.filter((one) => one.port === port);
    expect(own[0]?.url).toBe('/feed');
    expect(own[1]?.url).toBe('/feed?after=e-0');
    // On an absolute schedule: a late request is not made up for by later ones.
    const [from, to] = [own[1]!.atMs, own.at(-1)!.atMs];
    expect((to - from) / (own.length - 2)).toBeGreaterThan(INTERVAL_MS * 0.9);
  }
});

test('messages are counted on every connection, with their times', async () => {
  await sink.resize(2);
  await until(4);
  sink.mark();
  const messages = [10_000, 10_001].map((seq) => JSON.stringify(peerMessage(seq, peerNow() - 50)));
  for (const { port } of requests) news.set(port, `{"messages":[${messages}],"cursor":"e-2"}`);
  const { bytes, violations, quantilesMs } = await sink.settle(2);
  expect(violations).toEqual([]);
  expect(bytes).toBeGreaterThan(4 * 120);
  expect(quantilesMs?.p50).toBeGreaterThan(50);
  await until(requests.length + 2);
  expect(requests.at(-1)?.url).toBe('/feed?after=e-2');
});

test('a message that did not reach every connection is told', async () => {
  await sink.resize(2);
  await until(4);
  sink.mark();
  const [first] = requests;
  news.set(first!.port, `{"messages":[${JSON.stringify(peerMessage(10_000))}],"cursor":"e-1"}`);
  const { violations } = await sink.settle(1, 100);
  expect(violations).toEqual(['1 of 2 connections did not get 1 messages, the first of them 0']);
});
