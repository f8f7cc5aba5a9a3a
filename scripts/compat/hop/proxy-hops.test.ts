import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RawClient } from '../../testing/raw-client.ts';
import { startHop } from './test-hop.ts';
import { type Origin, startOrigin } from './test-origin.ts';

let origin: Origin;
beforeAll(async () => {
  origin = await startOrigin();
});
afterAll(() => origin[Symbol.asyncDispose]());

const EVENT = 'data: 1\n\n';

/** Speaks TLS over a connection of its own, or over `socket`; resolves with the first that comes back. */
async function overTls(options: ConnectionOptions, request: string): Promise<string> {
  const secure = connectTls({ rejectUnauthorized: false, ...options });
  secure.write(request);
  const [bytes]: Buffer[] = await once(secure, 'data');
  secure.destroy();
  return String(bytes);
}

const UPGRADE = 'GET /socket HTTP/1.1\r\nHost: lab\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';

describe('connect-443-only', () => {
  test('passes http:// requests in absolute form, streams at once, and keeps upgrades back', async () => {
    await using hop = await startHop('connect-443-only', origin);
    expect(hop.baseUrl).toBe(origin.url.origin);
    await using client = new RawClient(hop.proxy!);
    client.get(`${hop.baseUrl}/held?a=1`, { 'Proxy-Connection': 'keep-alive' });
    const { request, response } = await origin.held();
    expect(request.url).toBe('/held?a=1');
    expect(request.headers).not.toHaveProperty('proxy-connection');
    response.writeHead(200, { 'Content-Type': 'text/event-stream' }).flushHeaders();
    await client.head();
    response.write(EVENT);
    await client.take(EVENT);
    response.end();
    await client.take('0\r\n\r\n');
    client.upgrade(`${hop.baseUrl}/socket`);
    expect((await client.head()).status).toBe(426);
  });

  test('refuses tunnels to other ports than 443, and what is not for a proxy', async () => {
    await using hop = await startHop('connect-443-only', origin);
    await using client = new RawClient(hop.proxy!);
    client.send(`CONNECT ${origin.url.host} HTTP/1.1\r\nHost: ${origin.url.host}\r\n\r\n`);
    expect((await client.head()).status).toBe(403);
    await client.closed();
    await using other = new RawClient(hop.proxy!);
    other.get('/echo');
    expect((await other.head()).status).toBe(400);
  });
});

describe('connect-443-tls', () => {
  test('tunnels to the port that stands for 443 and to no other; inside, all passes', async () => {
    await using hop = await startHop('connect-443-tls', origin);
    const { host } = new URL(hop.baseUrl);
    await using refused = new RawClient(hop.proxy!);
    refused.send(`CONNECT ${origin.url.host} HTTP/1.1\r\nHost: lab\r\n\r\n`);
    expect((await refused.head()).status).toBe(403);
    await using client = new RawClient(hop.proxy!);
    client.send(`CONNECT ${host} HTTP/1.1\r\nHost: lab\r\n\r\n`);
    expect((await client.head()).status).toBe(200);
    client.socket.removeAllListeners('data');
    expect(await overTls({ socket: client.socket }, UPGRADE)).toContain('HTTP/1.1 101');
  });
});

describe('tls', () => {
  test('ends TLS and passes the rest, upgrades included', async () => {
    await using hop = await startHop('tls', origin);
    const port = Number(new URL(hop.baseUrl).port);
    const answer = await overTls({ port, host: '127.0.0.1' }, UPGRADE);
    expect(answer).toContain('HTTP/1.1 101');
    const secure = connectTls({ port, rejectUnauthorized: false, ALPNProtocols: ['h2', 'http/1.1'] });
    await once(secure, 'secureConnect');
    expect(secure.alpnProtocol).toBe('http/1.1');
    secure.destroy();
  });
});

describe('http-2-only', () => {
  test('offers no HTTP/1.1, as a WebSocket needs it, and no extended CONNECT', async () => {
    await using hop = await startHop('http-2-only', origin);
    const options = { port: Number(new URL(hop.baseUrl).port), host: '127.0.0.1' };
    await expect(overTls({ ...options, ALPNProtocols: ['http/1.1'] }, UPGRADE)).rejects.toThrow(/protocol/i);
    const session = connectHttp2(hop.baseUrl, { rejectUnauthorized: false });
    const [settings] = await once(session, 'remoteSettings');
    expect(settings.enableConnectProtocol).toBe(false);
    session.destroy();
  });

  test('passes streams as they come, many over one connection; a cut answer resets its own', async () => {
    await using hop = await startHop('http-2-only', origin);
    const session = connectHttp2(hop.baseUrl, { rejectUnauthorized: false });
    const first = session.request({ ':path': '/held' });
    const { response, request } = await origin.held();
    expect(request.headers.host).toBe(new URL(hop.baseUrl).host);
    const second = session.request({ ':path': '/held' });
    const other = await origin.held();
    for (const { response: one } of [{ response }, other]) {
      one.writeHead(200, { 'Content-Type': 'text/event-stream' }).flushHeaders();
    }
    await Promise.all([once(first, 'response'), once(second, 'response')]);
    response.write(EVENT);
    expect(String(...(await once(first, 'data')))).toBe(EVENT);
    const reset = once(first.resume(), 'error');
    response.destroy();
    await reset;
    other.response.write(EVENT);
    expect(String(...(await once(second, 'data')))).toBe(EVENT);
    session.destroy();
  });

  test('an answer without a body ends its stream', async () => {
    await using hop = await startHop('http-2-only', origin);
    const session = connectHttp2(hop.baseUrl, { rejectUnauthorized: false });
    const stream = session.request({ ':path': '/given?status=204' });
    const [headers] = await once(stream, 'response');
    expect(headers[':status']).toBe(204);
    await once(stream.resume(), 'close');
    expect(stream.rstCode).toBe(0);
    session.destroy();
  });
});
