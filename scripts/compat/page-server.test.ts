import { once } from 'node:events';
import { request } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { connect as connectTls } from 'node:tls';
import { expect, test } from 'vitest';
import { startInProcess } from '../testing/in-process.ts';
import { RawClient } from '../testing/raw-client.ts';
import { shakeHands } from './cross-origin.ts';
import { startPageServer } from './page-server.ts';

/** The same address by number: Node knows no lab.test. */
const byNumber = (origin: string): string => origin.replace('lab.test', '127.0.0.1');

test('the document comes with its headers, all else from the lab', async () => {
  await using lab = await startInProcess();
  await using server = await startPageServer({
    headers: (origin) => ({ 'content-security-policy': `connect-src ${origin}` }),
  });
  expect((await fetch(`${server.origin}/healthz`)).status).toBe(503);
  server.forwardTo(lab.url);
  const page = await fetch(server.pageUrl);
  expect(page.headers.get('content-security-policy')).toBe(`connect-src ${server.origin}`);
  expect(page.headers.get('content-type')).toBe('text/html');
  const health = await fetch(`${server.origin}/healthz`);
  expect(await health.json()).toEqual({ status: 'ok' });
  // The lab has one of its own for what is no document of this server's.
  expect(health.headers.get('content-security-policy')).toContain("default-src 'none'");
  expect(health.headers.get('content-security-policy')).not.toContain(`connect-src ${server.origin}`);
});

test('a stream passes as it comes, and ends at the lab when the client leaves', async () => {
  await using lab = await startInProcess();
  await using server = await startPageServer();
  server.forwardTo(lab.url);
  const asked = request(`${server.origin}/feeds/page/sse`).end();
  const [answer] = await once(asked, 'response');
  const [first] = await once(answer, 'data');
  expect(String(first)).toContain('event: open');
  asked.destroy();
  const active = async () =>
    ((await (await fetch(`${lab.url}/api/stats`)).json()) as { traffic: { sse: { active: number } } }).traffic
      .sse.active;
  await expect.poll(active).toBe(0);
});

test('an upgrade passes with the origin it came from, or without where nobody is to look', async () => {
  await using lab = await startInProcess();
  await using server = await startPageServer();
  await using unchecked = await startPageServer({ dropOrigin: true });
  server.forwardTo(lab.url);
  unchecked.forwardTo(lab.url);
  const foreign = 'http://elsewhere.test';
  expect(await shakeHands(lab.url, foreign)).toEqual({ status: 403, code: 'forbidden-origin' });
  expect(await shakeHands(server.origin, foreign)).toEqual({ status: 403, code: 'forbidden-origin' });
  expect(await shakeHands(server.origin, server.origin)).toEqual({ status: 101, code: null });
  expect(await shakeHands(unchecked.origin, foreign)).toEqual({ status: 101, code: null });

  await using raw = new RawClient(unchecked.origin);
  raw.upgrade('/feeds/page/websocket', { Origin: foreign });
  expect((await raw.head()).status).toBe(101);
  expect(String((await raw.takeFrame()).payload)).toContain('"control":"open"');
});

test('HTTP/2 only: requests pass, and who offers HTTP/1.1 is refused in the handshake', async () => {
  await using lab = await startInProcess();
  await using server = await startPageServer({ protocol: 'http/2 only' });
  server.forwardTo(lab.url);
  const session = connectHttp2(byNumber(server.origin), { rejectUnauthorized: false });
  const stream = session.request({ ':path': '/api/clock' });
  const [headers] = await once(stream, 'response');
  expect(headers[':status']).toBe(200);
  expect(session.remoteSettings.enableConnectProtocol ?? false).toBe(false);
  stream.resume();
  await once(stream, 'end');
  session.close();

  const port = Number(new URL(server.origin).port);
  const old = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false, ALPNProtocols: ['http/1.1'] });
  await expect(once(old, 'secureConnect')).rejects.toThrow();
  expect(server.agreed).toEqual(['h2']);
  await expect.poll(() => server.refused).toEqual(['ERR_SSL_NO_APPLICATION_PROTOCOL']);
});
