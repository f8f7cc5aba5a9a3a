import { describe, expect, test } from 'vitest';
import { type InProcessLab, startInProcess } from '../scripts/testing/in-process.ts';
import { RawClient } from '../scripts/testing/raw-client.ts';
import type { Stats, Traffic, TrafficName } from './wire.ts';

/** Reads the counts over a connection of its own, whose bytes are nobody's. */
async function stats(lab: InProcessLab, client?: string): Promise<Stats> {
  const response = await fetch(`${lab.url}/api/stats${client === undefined ? '' : `?client=${client}`}`, {
    headers: { Connection: 'close' },
  });
  return (await response.json()) as Stats;
}

async function trafficOf(lab: InProcessLab, name: TrafficName, client?: string): Promise<Traffic> {
  return (await stats(lab, client)).traffic[name];
}

/** Asks until `name` has no request in progress: the server may learn of an end a moment after the client. */
async function quietTraffic(lab: InProcessLab, name: TrafficName): Promise<Traffic> {
  for (;;) {
    const traffic = await trafficOf(lab, name);
    if (traffic.active === 0) return traffic;
  }
}

function post(path: string, body: string, headers = ''): { head: string; body: string } {
  const length = Buffer.byteLength(body);
  return { head: `POST ${path} HTTP/1.1\r\nHost: lab\r\n${headers}Content-Length: ${length}\r\n\r\n`, body };
}

const BODY = JSON.stringify({ type: 't', data: 'ü'.repeat(300) });

describe('bytes are those that crossed the socket, heads apart', () => {
  test('short poll, answered and empty, several requests on one connection', async () => {
    await using lab = await startInProcess();
    await using raw = new RawClient(lab.url);
    let headBytes = 0;
    raw.get('/feeds/lab/short-poll');
    const first = await raw.response();
    const { cursor } = JSON.parse(first.body);
    headBytes += first.headBytes;
    for (let i = 0; i < 3; i++) {
      raw.get(`/feeds/lab/short-poll?after=${cursor}`);
      const empty = await raw.response();
      expect(empty.status).toBe(204);
      headBytes += empty.headBytes;
    }
    expect(await quietTraffic(lab, 'short-poll')).toMatchObject({
      requests: 4,
      upgrades: 0,
      active: 0,
      bytesIn: raw.sent,
      headerBytesIn: raw.sent,
      bytesOut: raw.received,
      headerBytesOut: headBytes,
    });
    expect((await stats(lab)).connectionsTotal).toBeGreaterThanOrEqual(2);
  });

  test('long poll, held and then answered', async () => {
    await using lab = await startInProcess();
    await using raw = new RawClient(lab.url);
    raw.get('/feeds/lab/long-poll');
    const first = await raw.response();
    raw.get(`/feeds/lab/long-poll?after=${JSON.parse(first.body).cursor}`);
    await subscribed(lab);
    await publish(lab);
    const held = await raw.response();
    expect(JSON.parse(held.body).messages).toHaveLength(1);
    expect(await quietTraffic(lab, 'long-poll')).toMatchObject({
      requests: 2,
      upgrades: 0,
      active: 0,
      bytesIn: raw.sent,
      headerBytesIn: raw.sent,
      bytesOut: raw.received,
      headerBytesOut: first.headBytes + held.headBytes,
    });
  });

  test('SSE, while it is open and after', async () => {
    await using lab = await startInProcess();
    await using raw = new RawClient(lab.url);
    raw.get('/feeds/lab/sse');
    const { headBytes } = await raw.head();
    await raw.take('event: open');
    await publish(lab);
    await raw.take('"seq":1');
    await raw.take('\n\n'); // the end of the event
    const expected = {
      requests: 1,
      upgrades: 0,
      bytesIn: raw.sent,
      headerBytesIn: raw.sent,
      bytesOut: raw.received,
      headerBytesOut: headBytes,
    };
    expect(await trafficOf(lab, 'sse')).toMatchObject({ ...expected, active: 1 });
    raw.socket.destroy();
    expect(await quietTraffic(lab, 'sse')).toMatchObject({ ...expected, active: 0 });
  });

  test('WebSocket, both ways', async () => {
    await using lab = await startInProcess();
    await using raw = new RawClient(lab.url);
    raw.upgrade('/feeds/lab/websocket');
    const { headBytes, status } = await raw.head();
    expect(status).toBe(101);
    const upgradeBytes = raw.sent;
    await raw.takeFrame();
    raw.frame(JSON.stringify({ id: 1, publish: { type: 't', data: 'x'.repeat(500) } }));
    await raw.takeFrame();
    await raw.takeFrame();
    const expected = {
      requests: 0,
      upgrades: 1,
      bytesIn: raw.sent,
      headerBytesIn: upgradeBytes,
      bytesOut: raw.received,
      headerBytesOut: headBytes,
    };
    expect(await trafficOf(lab, 'websocket')).toMatchObject({ ...expected, active: 1 });
    raw.socket.destroy();
    expect(await quietTraffic(lab, 'websocket')).toMatchObject({ ...expected, active: 0 });
  });

  test.each(['publish', 'refused'])(
    'WebSocket whose first frame (%s) is no part of the head',
    async (kind) => {
      await using lab = await startInProcess();
      await using raw = new RawClient(lab.url);
      raw.upgrade(`/feeds/lab/websocket?${kind === 'publish' ? 'mode=publish' : 'after=nonsense'}`);
      const { headBytes } = await raw.head();
      await raw.takeFrame();
      expect((await trafficOf(lab, 'websocket')).headerBytesOut).toBe(headBytes);
    },
  );

  test('a POST whose body comes with its head, and one whose body comes later', async () => {
    await using lab = await startInProcess();
    await using raw = new RawClient(lab.url);
    const { head, body } = post('/feeds/lab/messages', BODY);
    raw.send(head + body);
    const first = await raw.response();
    raw.send(head);
    await active(lab, 'publish');
    raw.send(body.slice(0, 10));
    raw.send(body.slice(10));
    const second = await raw.response();
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(await quietTraffic(lab, 'publish')).toMatchObject({
      requests: 2,
      upgrades: 0,
      active: 0,
      bytesIn: raw.sent,
      headerBytesIn: 2 * head.length,
      bytesOut: raw.received,
      headerBytesOut: first.headBytes + second.headBytes,
    });
  });
});

describe('a connection that carries several kinds of requests', () => {
  test('each pays for its own, and what is for no feed is nobody’s', async () => {
    await using lab = await startInProcess();
    await using raw = new RawClient(lab.url);
    const received: Record<string, number> = {};
    const sent: Record<string, number> = {};
    const exchange = async (name: string, request: string): Promise<void> => {
      const before = { sent: raw.sent, received: raw.received };
      raw.send(request);
      await raw.response();
      sent[name] = (sent[name] ?? 0) + raw.sent - before.sent;
      received[name] = (received[name] ?? 0) + raw.received - before.received;
    };
    const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: lab\r\n\r\n`;
    const { head, body } = post('/feeds/lab/messages', BODY);
    for (let i = 0; i < 2; i++) {
      await exchange('short-poll', get('/feeds/lab/short-poll?after=earliest'));
      await exchange('other', get('/healthz'));
      await exchange('publish', head + body);
      await exchange('other', get('/feeds/lab/no-such-transport'));
      await exchange('long-poll', get('/feeds/lab/long-poll'));
    }
    for (const name of ['short-poll', 'long-poll', 'publish'] as const) {
      const { bytesIn, bytesOut, requests } = await quietTraffic(lab, name);
      expect({ bytesIn, bytesOut, requests }).toEqual({
        bytesIn: sent[name],
        bytesOut: received[name],
        requests: 2,
      });
    }
  });

  test('a refused upgrade is nobody’s', async () => {
    await using lab = await startInProcess();
    await using raw = new RawClient(lab.url);
    raw.get('/feeds/lab/short-poll');
    await raw.response();
    const before = await quietTraffic(lab, 'short-poll');
    raw.upgrade('/feeds/lab/sse');
    expect((await raw.response()).status).toBe(404);
    await raw.closed();
    const { turnarounds, turnaroundMs, ...counts } = await quietTraffic(lab, 'short-poll');
    expect(before).toMatchObject(counts);
  });

  test('a head that arrives in pieces is the new request’s, even if the counts are read in between', async () => {
    await using lab = await startInProcess();
    await using raw = new RawClient(lab.url);
    raw.get('/feeds/lab/short-poll');
    await raw.response();
    const before = await quietTraffic(lab, 'short-poll');
    const request = 'GET /feeds/lab/long-poll HTTP/1.1\r\nHost: lab\r\n\r\n';
    raw.send(request.slice(0, 20));
    expect(await trafficOf(lab, 'short-poll')).toEqual(before);
    raw.send(request.slice(20));
    await raw.response();
    expect((await quietTraffic(lab, 'long-poll')).bytesIn).toBe(request.length);
    expect(await trafficOf(lab, 'short-poll')).toEqual(before);
  });

  test('pipelined requests are all counted, and no count is negative', async () => {
    await using lab = await startInProcess();
    await using raw = new RawClient(lab.url);
    const request = 'GET /feeds/lab/short-poll?after=earliest HTTP/1.1\r\nHost: lab\r\n\r\n';
    raw.send(request.repeat(10));
    for (let i = 0; i < 10; i++) await raw.response();
    const traffic = await quietTraffic(lab, 'short-poll');
    expect(traffic).toMatchObject({ requests: 10, bytesIn: raw.sent, bytesOut: raw.received });
    for (const count of Object.values(traffic)) expect(count).toBeGreaterThanOrEqual(0);
  });

  test('a HEAD request is refused without a body, and counted so', async () => {
    await using lab = await startInProcess();
    await using raw = new RawClient(lab.url);
    raw.send('HEAD /feeds/lab/short-poll HTTP/1.1\r\nHost: lab\r\n\r\n');
    const { status, headBytes } = await raw.head();
    expect(status).toBe(405);
    const { bytesOut, headerBytesOut } = await quietTraffic(lab, 'short-poll');
    expect({ bytesOut, headerBytesOut }).toEqual({ bytesOut: headBytes, headerBytesOut: headBytes });
  });
});

test('a turnaround runs from an answer to its connection’s next request, none before the first or in a pipeline', async () => {
  await using lab = await startInProcess();
  await using raw = new RawClient(lab.url);
  const request = 'GET /feeds/lab/short-poll HTTP/1.1\r\nHost: lab\r\n\r\n';
  raw.send(request);
  await raw.response();
  expect(await quietTraffic(lab, 'short-poll')).toMatchObject({ turnarounds: 0, turnaroundMs: 0 });
  raw.send(request);
  await raw.response();
  const { turnarounds, turnaroundMs } = await quietTraffic(lab, 'short-poll');
  expect(turnarounds).toBe(1);
  expect(turnaroundMs).toBeGreaterThan(0);
  raw.send(request.repeat(3));
  for (let i = 0; i < 3; i++) await raw.response();
  expect((await quietTraffic(lab, 'short-poll')).turnarounds).toBe(2);
});

test('a client’s label has an account of its own beside the total', async () => {
  await using lab = await startInProcess();
  await using one = new RawClient(lab.url);
  await using two = new RawClient(lab.url);
  one.get('/feeds/lab/short-poll?client=one');
  await one.response();
  two.get('/feeds/lab/short-poll?client=two');
  await two.response();
  const total = await quietTraffic(lab, 'short-poll');
  expect(total).toMatchObject({ requests: 2, bytesIn: one.sent + two.sent });
  expect(await trafficOf(lab, 'short-poll', 'one')).toMatchObject({ requests: 1, bytesIn: one.sent });
  expect(await trafficOf(lab, 'short-poll', 'two')).toMatchObject({ bytesOut: two.received });
  expect(await trafficOf(lab, 'short-poll', 'nobody')).toMatchObject({ requests: 0, bytesIn: 0 });
});

async function publish(lab: InProcessLab): Promise<void> {
  const response = await fetch(`${lab.url}/feeds/lab/messages`, { method: 'POST', body: BODY });
  expect(response.status).toBe(201);
}

/** Asks until somebody has subscribed. */
async function subscribed(lab: InProcessLab): Promise<void> {
  while ((await stats(lab)).topics['lab']?.subscribers !== 1);
}

/** Asks until a request is in progress. */
async function active(lab: InProcessLab, name: TrafficName): Promise<void> {
  while ((await trafficOf(lab, name)).active !== 1);
}
