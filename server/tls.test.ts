import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { describe, expect, test } from 'vitest';
import { createNodeEnv } from '../scripts/node-env.ts';
import { startInProcess } from '../scripts/testing/in-process.ts';
import { startLab } from '../scripts/testing/lab.ts';
import { RawClient } from '../scripts/testing/raw-client.ts';
import type { Stats, TrafficName } from './wire.ts';

describe('a socket that does not shake hands', () => {
  test('is cut after --handshake-timeout-ms, on the port of raw TCP too', async () => {
    await using lab = await startLab(['--tls', '--tcp-port', '0', '--handshake-timeout-ms', '100']);
    for (const url of [lab.url, lab.tcpUrl ?? '']) {
      const begun = performance.now();
      const silent = await openSilent(Number(new URL(url).port));
      await once(silent, 'close');
      expect(performance.now() - begun).toBeGreaterThan(95);
    }
    expect(lab.output.trimEnd().split('\n')).toHaveLength(3); // nothing but where it is, and its fingerprint
  });

  test('is one of --max-connections: the next is told to come back later, and only that one', async () => {
    await using lab = await startInProcess(['--tls', '--max-connections', '2']);
    await using served = new RawClient(lab.url);
    served.get('/feeds/lab/short-poll');
    expect((await served.response()).status).toBe(200);
    const silent = await openSilent(lab.port);
    await using refused = new RawClient(lab.url);
    refused.get('/feeds/lab/short-poll');
    const { status, headers } = await refused.response();
    expect([status, headers['connection']]).toEqual([503, 'close']);
    expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    await refused.closed();
    served.get('/feeds/lab/short-poll');
    expect((await served.response()).status).toBe(200);

    silent.destroy();
    await until(async () => {
      await using next = new RawClient(lab.url);
      next.get('/feeds/lab/short-poll');
      return (await next.response()).status === 200;
    });
  });

  test('does not keep a server that leaves', async () => {
    const lab = await startInProcess(['--tls', '--drain-ms', '10000']);
    const silent = await openSilent(lab.port);
    const begun = performance.now();
    await Promise.all([lab.close(), once(silent, 'close')]);
    expect(performance.now() - begun).toBeLessThan(5000);
  });
});

test('whoever speaks HTTP without TLS is cut off, and the server goes on', async () => {
  await using lab = await startInProcess(['--tls']);
  await using plain = new RawClient(lab.url.replace('https:', 'http:'));
  plain.get('/healthz');
  await plain.closed();
  expect(plain.received).toBe(0);
  await using secure = new RawClient(lab.url);
  secure.get('/healthz');
  expect((await secure.response()).status).toBe(200);
  expect(lab.failures).toEqual([]);
});

test('HTTP/1.1 is what ALPN comes to; who takes nothing else but HTTP/2 is refused by TLS', async () => {
  await using lab = await startInProcess(['--tls']);
  const shake = (ALPNProtocols: string[]) =>
    connectTls({ host: '127.0.0.1', port: lab.port, rejectUnauthorized: false, ALPNProtocols });
  const both = shake(['h2', 'http/1.1']);
  await once(both, 'secureConnect');
  expect(both.alpnProtocol).toBe('http/1.1');
  both.destroy();
  await expect(once(shake(['h2']), 'secureConnect')).rejects.toThrow(/no application protocol/);
});

test('a session can be resumed, so that coming back is cheaper', async () => {
  await using lab = await startInProcess(['--tls']);
  const target = { host: '127.0.0.1', port: lab.port, rejectUnauthorized: false };
  const first = connectTls(target);
  const [session] = await once(first.resume(), 'session');
  first.destroy();
  const second = connectTls({ ...target, session });
  await once(second, 'secureConnect');
  expect(second.isSessionReused()).toBe(true);
  second.destroy();
});

describe('the tap counts what TLS carries, not what TLS makes of it', () => {
  /** What passes between them, with the bytes of all heads: those of requests, and those of answers. */
  type Exchange = (raw: RawClient) => Promise<{ headBytesIn: number; headBytesOut: number }>;

  test.each<[TrafficName, Exchange]>([
    [
      'short-poll',
      async (raw) => {
        let headBytesOut = 0;
        for (let i = 0; i < 2; i++) {
          raw.get('/feeds/lab/short-poll?client=it&after=earliest');
          headBytesOut += (await raw.response()).headBytes;
        }
        return { headBytesIn: raw.sent, headBytesOut };
      },
    ],
    [
      'sse',
      async (raw) => {
        raw.get('/feeds/lab/sse?client=it&after=earliest');
        const { headBytes } = await raw.head();
        await raw.take(`"seq":${BODIES.length},`);
        await raw.take('\n\n');
        return { headBytesIn: raw.sent, headBytesOut: headBytes };
      },
    ],
    [
      'websocket',
      async (raw) => {
        raw.upgrade('/feeds/lab/websocket?client=it&after=earliest');
        const { headBytes } = await raw.head();
        const headBytesIn = raw.sent;
        for (let i = 0; i <= BODIES.length; i++) await raw.takeFrame();
        raw.frame(JSON.stringify({ id: 1, publish: { type: 't', data: 'x'.repeat(20_000) } }));
        for (let i = 0; i < 2; i++) await raw.takeFrame();
        return { headBytesIn, headBytesOut: headBytes };
      },
    ],
    [
      'publish',
      async (raw) => {
        const body = JSON.stringify({ type: 't', data: 'x'.repeat(40_000) });
        raw.send(
          `POST /feeds/lab/messages?client=it HTTP/1.1\r\nHost: lab\r\nContent-Length: ${body.length}\r\n\r\n`,
        );
        const headBytesIn = raw.sent;
        raw.send(body.slice(0, 10_000));
        raw.send(body.slice(10_000));
        return { headBytesIn, headBytesOut: (await raw.response()).headBytes };
      },
    ],
  ])('%s', async (name, exchange) => {
    await using lab = await startInProcess(['--tls']);
    const env = createNodeEnv({ now: Date.now, insecure: true });
    const ask = (path: string, body?: string) => {
      const { signal } = new AbortController();
      return env.fetch(lab.url + path, body === undefined ? { signal } : { method: 'POST', body, signal });
    };
    for (const body of BODIES) await ask('/feeds/lab/messages', body);
    await using raw = new RawClient(lab.url);
    const { headBytesIn, headBytesOut } = await exchange(raw);
    const stats = (await (await ask('/api/stats?client=it')).json()) as Stats;
    expect(stats.traffic[name]).toMatchObject({
      bytesIn: raw.sent,
      bytesOut: raw.received,
      headerBytesIn: headBytesIn,
      headerBytesOut: headBytesOut,
    });
    await env.close();
  });
});

/** Long ones among them: TLS cuts at 16 KiB (RFC 8446 §5.1). */
const BODIES = Array.from({ length: 10 }, (_, i) =>
  JSON.stringify({ type: 't', data: 'x'.repeat(i === 5 ? 40_000 : 100) }),
);

async function openSilent(port: number): Promise<Socket> {
  const silent = connect(port, '127.0.0.1').on('error', () => undefined); // a close follows
  await once(silent, 'connect');
  return silent.resume();
}

/** Resolves as soon as `condition` holds; each question takes a round trip. */
async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition()));
}
