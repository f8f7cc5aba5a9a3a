import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RawClient } from '../../testing/raw-client.ts';
import { echo, startHop, tryUpgrade } from './test-hop.ts';
import { type Origin, startOrigin } from './test-origin.ts';

let origin: Origin;
beforeAll(async () => {
  origin = await startOrigin();
});
afterAll(() => origin[Symbol.asyncDispose]());

const EVENT = 'data: 1\n\n';

describe.each(['strip-upgrade', 'rate-limit', 'cache'])('%s', (id) => {
  test('passes a stream at once', async () => {
    await using hop = await startHop(id, origin);
    await using client = new RawClient(hop.baseUrl);
    client.get('/held');
    const { response } = await origin.held();
    response.writeHead(200, { 'Content-Type': 'text/event-stream' }).flushHeaders();
    expect((await client.head()).status).toBe(200);
    response.write(EVENT);
    await client.take(EVENT);
  });
});

describe.each(['whole-response', 'gzip', 'hold-first-kilobyte', 'rate-limit', 'nagle', 'cache'])(
  '%s',
  (id) => {
    test('passes an upgrade and all that follows', async () => {
      await using hop = await startHop(id, origin);
      expect(await tryUpgrade(hop)).toBe(101);
    });
  },
);

describe('strip-upgrade', () => {
  test('what is about one connection stays on it', async () => {
    await using hop = await startHop('strip-upgrade', origin);
    await using client = new RawClient(hop.baseUrl);
    client.upgrade('/echo', { Connection: 'Upgrade, X-Mine', 'X-Mine': '1', TE: 'trailers', 'X-Other': '2' });
    const { headers } = JSON.parse((await client.response()).body);
    expect(headers).toMatchObject({ 'x-other': '2', 'sec-websocket-version': '13' });
    for (const gone of ['upgrade', 'x-mine', 'te']) expect(headers).not.toHaveProperty(gone);
    client.get('/echo', { Upgrade: 'websocket' }); // which Connection should have named
    expect(JSON.parse((await client.response()).body).headers).not.toHaveProperty('upgrade');
    expect(await tryUpgrade(hop)).toBe(426);
  });
});

describe('http-1.0', () => {
  test('speaks HTTP/1.0 both ways, one request to a connection', async () => {
    await using hop = await startHop('http-1.0', origin);
    await using client = new RawClient(hop.baseUrl);
    client.get('/echo', { Connection: 'keep-alive' });
    await client.closed();
    const [head = '', body = ''] = client.text.split('\r\n\r\n');
    expect(head).toMatch(/^HTTP\/1\.0 200 OK\r\n/);
    expect(head).toMatch(/\r\nConnection: close/);
    expect(JSON.parse(body)).toMatchObject({ httpVersion: '1.0', headers: { connection: 'close' } });
  });

  test('streams without chunks, at once; the end is the end of the connection', async () => {
    await using hop = await startHop('http-1.0', origin);
    await using client = new RawClient(hop.baseUrl);
    client.get('/held');
    const { response } = await origin.held();
    response.writeHead(200, { 'Content-Type': 'text/event-stream' }).flushHeaders();
    expect((await client.head()).headers).not.toHaveProperty('transfer-encoding');
    response.write(EVENT);
    await client.take(EVENT);
    response.end('last');
    await client.closed();
    expect(client.text).toBe('last');
  });

  test('knows no upgrade', async () => {
    await using hop = await startHop('http-1.0', origin);
    expect(await tryUpgrade(hop)).toBe(426);
  });
});

describe('whole-response', () => {
  test('nothing comes, not even the head, until all is there', async () => {
    await using hop = await startHop('whole-response', origin);
    await using client = new RawClient(hop.baseUrl);
    client.get('/held');
    const { response } = await origin.held();
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    response.write(EVENT);
    await echo(hop);
    expect(client.received).toBe(0);
    response.end('last');
    const { headers, body } = await client.response();
    expect(headers['content-length']).toBe(String(EVENT.length + 4));
    expect(body).toBe(`${EVENT}last`);
  });

  test('a 204 stays without a body or a length', async () => {
    await using hop = await startHop('whole-response', origin);
    await using client = new RawClient(hop.baseUrl);
    client.get('/held');
    const { response } = await origin.held();
    response.writeHead(204).end();
    const { status, headers } = await client.head();
    expect(status).toBe(204);
    expect(headers).not.toHaveProperty('content-length');
  });
});

describe('gzip', () => {
  /** The ten bytes that every gzip file begins with (RFC 1952 §2.3). */
  const GZIP_HEADER_BYTES = 10;

  test('compresses, and keeps small events to itself', async () => {
    await using hop = await startHop('gzip', origin);
    await using client = new RawClient(hop.baseUrl);
    client.get('/held', { 'Accept-Encoding': 'br, gzip' });
    const { response } = await origin.held();
    const events = 10;
    response.writeHead(200, { 'Content-Length': (events + 1) * EVENT.length }).flushHeaders();
    const { headers } = await client.head();
    expect(headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'Accept-Encoding' });
    expect(headers).not.toHaveProperty('content-length');
    for (let i = 0; i < events; i++) {
      response.write(EVENT);
      await echo(hop);
    }
    expect(bytesOfChunks(client.text).length).toBeLessThanOrEqual(GZIP_HEADER_BYTES);
    response.end(EVENT);
    await client.until((text) => text.endsWith('0\r\n\r\n'));
    expect(gunzipSync(bytesOfChunks(client.text)).toString()).toBe(EVENT.repeat(events + 1));
  });

  test.each([
    { accept: {}, answer: {} },
    { accept: { 'Accept-Encoding': 'gzip;q=0, deflate' }, answer: {} },
    { accept: { 'Accept-Encoding': 'gzip' }, answer: { 'Cache-Control': 'no-store, no-transform' } },
    { accept: { 'Accept-Encoding': 'gzip' }, answer: { 'Content-Encoding': 'br' } },
  ])('asked with $accept, answered with $answer, all passes as it is', async ({ accept, answer }) => {
    await using hop = await startHop('gzip', origin);
    await using client = new RawClient(hop.baseUrl);
    client.get('/held', accept);
    const { response } = await origin.held();
    response.writeHead(200, answer);
    response.write(EVENT);
    await client.take(EVENT);
  });
});

describe('hold-first-kilobyte', () => {
  test('the first 1024 bytes come together, all after them at once', async () => {
    await using hop = await startHop('hold-first-kilobyte', origin);
    await using client = new RawClient(hop.baseUrl);
    client.get('/held');
    const { response } = await origin.held();
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    response.write('a'.repeat(1023));
    await client.head();
    await echo(hop); // its answer is shorter than that, and comes when it is complete
    expect(client.text).toBe('');
    response.write('b');
    await client.take(`${'a'.repeat(1023)}b`);
    response.write(EVENT);
    await client.take(EVENT);
  });
});

describe('nagle', () => {
  test('a piece of a stream is late by 200 ms; bodies with a length and upgraded sockets are not', async () => {
    await using hop = await startHop('nagle', origin);
    await using client = new RawClient(hop.baseUrl);
    client.get('/held');
    const { response } = await origin.held();
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    response.flushHeaders();
    await client.head();
    const written = performance.now();
    response.write(EVENT);
    await echo(hop);
    await tryUpgrade(hop);
    expect(client.text).toBe('');
    response.end('last');
    await client.take(EVENT);
    expect(performance.now() - written).toBeGreaterThan(195); // Node's timers round down
    await client.until((text) => text.endsWith('last\r\n0\r\n\r\n'));
  });
});

/** The bytes of chunks as they stand in a chunked body (RFC 9112 §7.1), as far as it has come. */
function bytesOfChunks(text: string): Buffer {
  let bytes = '';
  for (let at = 0; at < text.length; ) {
    const line = text.indexOf('\r\n', at);
    const length = Number.parseInt(text.slice(at, line), 16);
    bytes += text.slice(line + 2, line + 2 + length);
    at = line + 2 + length + 2;
  }
  return Buffer.from(bytes, 'latin1');
}
