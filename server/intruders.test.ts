import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { type InProcessLab, startInProcess } from '../scripts/testing/in-process.ts';
import { RawClient } from '../scripts/testing/raw-client.ts';

const SLOW_MS = 400;

let lab: InProcessLab;
let bystander: WebSocket;
const seen: number[] = [];

beforeAll(async () => {
  lab = await startInProcess(['--max-message-bytes', '1000', '--tcp-port', '0']);
  bystander = new WebSocket(`${lab.url}/feeds/bystander/websocket`);
  await new Promise((resolve) => bystander.once('message', resolve));
  bystander.on('message', (bytes) => {
    const frame: { control?: string; data: number } = JSON.parse(String(bytes));
    if (frame.control === undefined) seen.push(frame.data);
  });
});

afterAll(async () => {
  bystander.terminate();
  await lab.close();
});

const publish = (topic: string, data: string) =>
  fetch(`${lab.url}/feeds/${topic}/messages`, { method: 'POST', body: `{"type":"t","data":${data}}` });

/** A frame of a client (RFC 6455 §5.2): its first byte, and a payload of at most 64 KiB. */
function frame(first: number, payload: Buffer, masked = true): Buffer {
  const { length } = payload;
  const bit = masked ? 0x80 : 0;
  const head = length < 126 ? [first, bit | length] : [first, bit | 126, length >> 8, length & 0xff];
  const mask = masked ? randomBytes(4) : Buffer.of();
  const body = masked ? payload.map((byte, i) => byte ^ (mask[i % 4] ?? 0)) : payload;
  return Buffer.concat([Buffer.from(head), mask, body]);
}

/** The code of the close frame that stands at the end of what came. */
function closeCode(text: string): number {
  const at = text.lastIndexOf('\x88');
  return (text.charCodeAt(at + 2) << 8) | text.charCodeAt(at + 3);
}

describe('frames against the rules of WebSocket end the connection with the fitting code', () => {
  const text = Buffer.from('{"publish":{"type":"t"},"id":1}');
  const part = Buffer.alloc(600, 'x');
  const cases: readonly (readonly [string, number, readonly Buffer[]])[] = [
    ['not masked', 1002, [frame(0x81, text, false)]],
    ['a reserved bit', 1002, [frame(0xc1, text)]],
    ['all reserved bits', 1002, [frame(0xf1, text)]],
    ['an opcode that there is not', 1002, [frame(0x83, text)]],
    ['a control opcode that there is not', 1002, [frame(0x8b, text)]],
    ['a control frame too long', 1002, [frame(0x89, Buffer.alloc(126))]],
    ['a control frame in parts', 1002, [frame(0x09, Buffer.of())]],
    ['a continuation of nothing', 1002, [frame(0x80, text)]],
    ['a message within another', 1002, [frame(0x01, text), frame(0x81, text)]],
    ['text that is no UTF-8', 1007, [frame(0x81, Buffer.from([0xff, 0xfe]))]],
    ['a close code of nobody’s', 1002, [frame(0x88, Buffer.from([0x03, 0xed]))]],
    ['a close frame of one byte', 1002, [frame(0x88, Buffer.of(3))]],
    ['a reason that is no UTF-8', 1007, [frame(0x88, Buffer.from([0x03, 0xe8, 0xff]))]],
    [
      'parts that are too large together',
      1009,
      [frame(0x01, part), ...Array.from({ length: 40 }, () => frame(0x00, part))],
    ],
    ['binary without its subprotocol', 1003, [frame(0x82, text)]],
  ];

  test.each(cases)('%s: %i', async (_what, code, frames) => {
    await using client = new RawClient(lab.url);
    client.upgrade('/feeds/lab/websocket?mode=publish');
    expect((await client.head()).status).toBe(101);
    for (const bytes of frames) client.send(bytes);
    await client.until((text) => text.includes('\x88'));
    expect(closeCode(client.text)).toBe(code);
  });
});

describe('requests that two servers could read in two ways are refused, and nothing behind them is read', () => {
  const post = 'POST /feeds/smuggled/messages HTTP/1.1\r\nHost: lab\r\n';
  const second = 'GET /healthz HTTP/1.1\r\nHost: lab\r\n\r\n';
  test.each([
    ['two lengths', `${post}Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcd${second}`],
    ['two lengths in one', `${post}Content-Length: 4, 5\r\n\r\nabcd${second}`],
    [
      'a length and chunks',
      `${post}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${second}`,
    ],
    [
      'chunks and a length',
      `${post}Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n${second}`,
    ],
    [
      'chunks that are not the last coding',
      `${post}Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n${second}`,
    ],
    ['a coding that there is not', `${post}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${second}`],
    ['a negative length', `${post}Content-Length: -1\r\n\r\n${second}`],
    ['a length with a sign', `${post}Content-Length: +4\r\n\r\nabcd${second}`],
    ['a length in hexadecimal', `${post}Content-Length: 0x4\r\n\r\nabcd${second}`],
    ['a space before the colon', `${post}Content-Length : 4\r\n\r\nabcd${second}`],
    ['a folded header', `${post}X: a\r\n Content-Length: 4\r\n\r\n${second}`],
    ['a line end of CR alone', `${post}X: a\rContent-Length: 4\r\n\r\nabcd${second}`],
    [
      'a chunk that is longer than it says',
      `${post}Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n${second}`,
    ],
    ['a chunk length of no number', `${post}Transfer-Encoding: chunked\r\n\r\nz\r\na\r\n0\r\n\r\n${second}`],
    ['a NUL in a header', `${post}X: a\0b\r\n\r\n${second}`],
    ['no Host', 'GET /healthz HTTP/1.1\r\n\r\n'],
  ])('%s', async (_what, request) => {
    await using client = new RawClient(lab.url);
    client.send(request);
    await client.closed();
    expect(client.text).toMatch(/^HTTP\/1\.1 (400|501) /);
    expect(client.text.match(/^HTTP\/1\.1 /gm)).toHaveLength(1);
    expect(client.text).not.toContain('"ok"');
  });
});

describe('who takes their time is cut off', () => {
  let impatient: InProcessLab;
  beforeAll(async () => {
    const times = ['--headers-timeout-ms', String(SLOW_MS), '--request-timeout-ms', String(SLOW_MS)];
    impatient = await startInProcess(['--tcp-port', '0', ...times]);
  });
  afterAll(() => impatient.close());

  const slow = async (begin: string, again: string): Promise<string> => {
    await using client = new RawClient(impatient.url);
    client.send(begin);
    const timer = setInterval(() => client.send(again), 20);
    await client.closed();
    clearInterval(timer);
    return client.text;
  };

  test('with the head', async () => {
    expect(await slow('GET / HTTP/1.1\r\nHost: lab\r\n', 'X: a\r\n')).toMatch(/^HTTP\/1\.1 408 /);
  });

  test('with the body', async () => {
    const head = 'POST /feeds/lab/messages HTTP/1.1\r\nHost: lab\r\nContent-Length: 1000\r\n\r\n';
    expect(await slow(head, ' ')).toMatch(/^HTTP\/1\.1 408 /);
  });

  test('with the first line of raw TCP', async () => {
    await using client = new RawClient(impatient.tcpUrl ?? '');
    const timer = setInterval(() => client.send('/'), 20);
    await client.closed();
    clearInterval(timer);
  });

  test('with nothing at all', async () => {
    await using client = new RawClient(impatient.url);
    await client.closed();
    expect(client.text).toMatch(/^(HTTP\/1\.1 408 .*)?$/s);
  });
});

test('a head that is too long is 431, and the connection closed', async () => {
  await using client = new RawClient(lab.url);
  client.get('/healthz', { 'X-Long': 'x'.repeat(100_000) });
  await client.closed();
  expect(client.text).toMatch(/^HTTP\/1\.1 431 /);
});

describe('line ends do not get into what is answered', () => {
  test.each([
    '/feeds/a%0d%0aX-Injected:%20yes/sse',
    '/feeds/lab/sse?after=a%0d%0aX-Injected:%20yes',
    '/feeds/lab/sse?client=a%0d%0aX-Injected:%20yes',
    '/feeds/lab/jsonp?callback=f%0d%0aX-Injected:%20yes',
    '/feeds/lab/forever-iframe?origin=http://a%0d%0aX-Injected:%20yes',
    '/no%0d%0aX-Injected:%20yes',
    '/results/%0d%0aX-Injected:%20yes',
  ])('%s', async (path) => {
    const response = await fetch(lab.url + path);
    expect(response.status).toBeGreaterThanOrEqual(400);
    expect(response.headers.get('x-injected')).toBeNull();
    await response.body?.cancel();
  });

  test('nor do those of a type', async () => {
    const body = JSON.stringify({ type: 'a\r\nid: 7\r\n\r\n', data: 1 });
    const response = await fetch(`${lab.url}/feeds/lab/messages`, { method: 'POST', body });
    expect(response.status).toBe(400);
  });

  test('those of data stay within their event', async () => {
    expect((await publish('ends', '"a\\r\\n\\r\\nevent: bye\\ndata: x\\u2028\\u2029"')).status).toBe(201);
    const response = await fetch(`${lab.url}/feeds/ends/sse?after=earliest&limit=1`);
    const events = (await response.text()).split('\n\n').filter((event) => event.includes('data: {"seq"'));
    expect(events).toHaveLength(1);
    expect(events[0]).not.toMatch(/^event: bye/m);
  });
});

describe('JSON that means harm is data like any other', () => {
  test('a prototype', async () => {
    const data = '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}';
    expect((await publish('json', data)).status).toBe(201);
    const body = '{"__proto__":{"type":"t"},"data":1}';
    expect((await fetch(`${lab.url}/feeds/json/messages`, { method: 'POST', body })).status).toBe(400);
    const answer = await (await fetch(`${lab.url}/feeds/json/short-poll?after=earliest`)).text();
    expect(answer).toContain(data);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  test.each([
    ['400 levels', `${'['.repeat(400)}${']'.repeat(400)}`, 201],
    ['a number of 400 digits', '9'.repeat(400), 201],
    ['a number beyond all', '1e999', 201],
    ['a lone surrogate', '"\\ud800"', 201],
  ])('%s', async (_what, data, status) => {
    expect((await publish('json', data)).status).toBe(status);
  });

  test('10,000 levels', async () => {
    await using wide = await startInProcess();
    const body = `{"type":"t","data":${'['.repeat(10_000)}${']'.repeat(10_000)}}`;
    const response = await fetch(`${wide.url}/feeds/lab/messages`, { method: 'POST', body });
    expect([201, 400]).toContain(response.status);
    expect(wide.failures).toEqual([]);
  });
});

test('whatever was done to the server, it serves the one who behaves, and nothing has failed within it', async () => {
  for (const n of [1, 2, 3]) expect((await publish('bystander', String(n))).status).toBe(201);
  await expect.poll(() => seen).toEqual([1, 2, 3]);
  expect(lab.failures).toEqual([]);
});
