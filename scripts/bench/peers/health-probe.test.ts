import { createServer, type RequestListener } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { startHealthProbe } from './health-probe.ts';
import { listenOn } from './serve.ts';

async function probeOf(listener: RequestListener) {
  let connections = 0;
  let requests = 0;
  const server = createServer((request, response) => {
    requests += 1;
    listener(request, response);
  });
  server.on('connection', () => {
    connections += 1;
  });
  const probe = startHealthProbe(await listenOn(server), '/healthz');
  return { probe, connections: () => connections, requests: () => requests, close: () => server.close() };
}

test('times run from when a request was due, over one connection', async () => {
  const { probe, connections, requests, close } = await probeOf(async (_, response) => {
    await sleep(50);
    response.end('ok');
  });
  await expect.poll(requests).toBe(3);
  const { p50, max } = await probe.stop();
  close();
  expect(p50).toBeGreaterThanOrEqual(49);
  // The third was due 40 ms after the first, and is asked when two have been answered.
  expect(max).toBeGreaterThan(90);
  expect(connections()).toBe(1);
});

test('an answer that is no answer is told of', async () => {
  const { probe, close } = await probeOf((_, response) => response.writeHead(503).end());
  await expect(probe.stop()).rejects.toThrow('/healthz was answered by 503.');
  close();
});
