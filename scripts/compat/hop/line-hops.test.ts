import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { RawClient } from '../../testing/raw-client.ts';
import { echo, startHop, tryUpgrade } from './test-hop.ts';
import { type Origin, startOrigin } from './test-origin.ts';

/** Node's timers may fire this much early: ms. */
const GRAIN_MS = 5;

/** A client in the middle of a streamed answer, and the origin's side of it. */
async function openStream(origin: Origin, client: RawClient) {
  client.get('/held');
  const { request, response } = await origin.held();
  response.writeHead(200, { 'Content-Type': 'text/event-stream' }).flushHeaders();
  await client.head();
  return { response, socket: request.socket };
}

describe.concurrent('idle-kill', () => {
  const IDLE_MS = 600;

  test('ends a connection after silence on both sides, and lets both know', async () => {
    await using origin = await startOrigin();
    await using hop = await startHop('idle-kill', origin, IDLE_MS / 60_000);
    await using client = new RawClient(hop.baseUrl);
    const { response } = await openStream(origin, client);
    const cut = once(response, 'close');
    let last = performance.now();
    // Bytes from either side count, for longer than the limit.
    for (const letter of ['.', 'G', '.', 'E', '.']) {
      await sleep(IDLE_MS / 4);
      last = performance.now();
      if (letter === '.') {
        response.write(letter);
        await client.take(letter);
      } else client.send(letter); // the next request begins, slowly
    }
    await client.closed();
    expect(performance.now() - last).toBeGreaterThan(IDLE_MS - GRAIN_MS);
    await cut;
    expect(response.writableFinished).toBe(false);
  });

  test('a connection that one side resets is lost to the other', async () => {
    await using origin = await startOrigin();
    await using hop = await startHop('idle-kill', origin);
    await using leaver = new RawClient(hop.baseUrl);
    const left = await openStream(origin, leaver);
    leaver.socket.resetAndDestroy();
    await once(left.response, 'close');
    await using client = new RawClient(hop.baseUrl);
    const { socket } = await openStream(origin, client);
    socket.resetAndDestroy();
    await client.closed();
  });

  test('passes upgrades', async () => {
    await using origin = await startOrigin();
    await using hop = await startHop('idle-kill', origin);
    expect(await tryUpgrade(hop)).toBe(101);
  });
});

describe.concurrent('max-age', () => {
  const AGE_MS = 450;

  test('ends a connection at its age, in the middle of a stream', async () => {
    await using origin = await startOrigin();
    await using hop = await startHop('max-age', origin, AGE_MS / 45_000);
    // Before its age can begin: a client may hear that it is connected later than the hop does.
    const opened = performance.now();
    await using client = new RawClient(hop.baseUrl);
    const { response } = await openStream(origin, client);
    const busy = setInterval(() => response.write('.'), AGE_MS / 20);
    await client.closed();
    clearInterval(busy);
    expect(performance.now() - opened).toBeGreaterThan(AGE_MS - GRAIN_MS);
    expect(client.text).toContain('.');
    expect(client.text).not.toContain('\r\n0\r\n'); // no end of the chunked body
  });

  test('a new connection has its own age; upgrades pass', async () => {
    await using origin = await startOrigin();
    await using hop = await startHop('max-age', origin, AGE_MS / 45_000);
    await using client = new RawClient(hop.baseUrl);
    await client.closed();
    expect(await tryUpgrade(hop)).toBe(101);
  });
});

describe.concurrent.each([
  { id: 'nat-black-hole', seconds: 60 },
  { id: 'nat-black-hole-10s', seconds: 10 },
])('$id', ({ id, seconds }) => {
  const SILENCE_MS = 400;

  test.each(['end', 'reset'])('after silence nothing passes either way, not even an %s', async (leaving) => {
    await using origin = await startOrigin();
    await using hop = await startHop(id, origin, SILENCE_MS / (seconds * 1000));
    await using client = new RawClient(hop.baseUrl);
    const { response, socket } = await openStream(origin, client);
    await sleep(SILENCE_MS + 50);
    const { received } = client;
    const { bytesRead } = socket;
    response.write('lost');
    client.send('lost');
    await echo(hop); // what is new passes
    expect(client.received).toBe(received);
    expect(socket.bytesRead).toBe(bytesRead);
    if (leaving === 'end') client.socket.end();
    else client.socket.resetAndDestroy();
    await echo(hop);
    expect(client.socket.readableEnded).toBe(false);
    expect(socket.readableEnded).toBe(false);
    expect(socket.closed).toBe(false);
  });

  test('bytes in either direction keep it alive', async () => {
    await using origin = await startOrigin();
    await using hop = await startHop(id, origin, SILENCE_MS / (seconds * 1000));
    await using client = new RawClient(hop.baseUrl);
    const { response } = await openStream(origin, client);
    for (let i = 0; i < 5; i++) {
      await sleep(SILENCE_MS / 4);
      response.write(`.${i}`);
      await client.take(`.${i}`);
    }
  });
});
