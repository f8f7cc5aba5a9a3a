import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { type InProcessLab, startInProcess } from '../scripts/testing/in-process.ts';
import { RawClient } from '../scripts/testing/raw-client.ts';
import { PROBLEMS, type ProblemCode, TRANSPORT_NAMES, TRANSPORTS } from './wire.ts';

const OTHER_PAGE = 'https://evil.example';

/** An input that is refused: how it is asked, and by which code. */
interface Wrong {
  readonly what: string;
  readonly code: ProblemCode;
  readonly path: string;
  readonly init?: RequestInit & { readonly duplex?: 'half' };
}

const post = (body: string | Uint8Array | ReadableStream, headers: Record<string, string> = {}) =>
  ({ method: 'POST', body, headers: { Authorization: 'Bearer secret', ...headers } }) as RequestInit;
const message = (data: unknown) => JSON.stringify({ type: 't', data });

const polled = TRANSPORT_NAMES.filter((name) => TRANSPORTS[name].carrier !== 'socket');

/** Made anew for each use: the body of a request can be a stream. */
const wrongInputs = (): readonly Wrong[] => [
  ...polled.flatMap((name): Wrong[] => [
    { what: `${name}, cursor`, code: 'bad-cursor', path: `/feeds/lab/${name}?after=nonsense` },
    { what: `${name}, empty cursor`, code: 'bad-cursor', path: `/feeds/lab/${name}?after=` },
    {
      what: `${name}, Last-Event-ID`,
      code: 'bad-cursor',
      path: `/feeds/lab/${name}`,
      init: { headers: { 'Last-Event-ID': '??' } },
    },
    { what: `${name}, topic`, code: 'bad-topic', path: `/feeds/No_Topic/${name}` },
    { what: `${name}, broken escape in the topic`, code: 'bad-topic', path: `/feeds/%/${name}` },
    { what: `${name}, slash in the topic`, code: 'bad-topic', path: `/feeds/a%2Fb/${name}` },
    { what: `${name}, POST`, code: 'bad-method', path: `/feeds/lab/${name}`, init: { method: 'POST' } },
    { what: `${name}, manners`, code: 'bad-value', path: `/feeds/lab/${name}?manners=rude` },
    { what: `${name}, label`, code: 'bad-value', path: `/feeds/lab/${name}?client=${'x'.repeat(49)}` },
  ]),
  // What a page could read past its browser: who asks is looked at.
  ...(['jsonp?callback=f', 'forever-iframe?'] as const).flatMap((asked): Wrong[] => {
    const path = `/feeds/lab/${asked}`;
    const by = (headers: Record<string, string>) => ({ path, init: { headers } });
    const code = 'forbidden-origin';
    return [
      { what: `${asked}, another page’s origin`, code, ...by({ Origin: OTHER_PAGE }) },
      { what: `${asked}, another page’s Referer`, code, ...by({ Referer: `${OTHER_PAGE}/page` }) },
      {
        what: `${asked}, another site`,
        code,
        ...by({ 'Sec-Fetch-Site': 'cross-site', Referer: `${OTHER_PAGE}/` }),
      },
      { what: `${asked}, another site that hides`, code, ...by({ 'Sec-Fetch-Site': 'cross-site' }) },
      { what: `${asked}, a port beside it that hides`, code, ...by({ 'Sec-Fetch-Site': 'same-site' }) },
      { what: `${asked}, a browser that hides its page`, code, ...by({ 'User-Agent': 'Mozilla/5.0' }) },
    ];
  }),
  ...[OTHER_PAGE, '', '*', 'null', '"};alert(1);//', "'self'; script-src *"].map(
    (page): Wrong => ({
      what: `forever-iframe for ${page}`,
      code: 'forbidden-origin',
      path: `/feeds/lab/forever-iframe?origin=${encodeURIComponent(page)}`,
    }),
  ),
  ...['', '1a', 'a.b', 'a-b', 'alert(1)//', 'a\n', 'ä', 'x'.repeat(65), '\u2028'].map(
    (callback): Wrong => ({
      what: `jsonp, callback ${JSON.stringify(callback)}`,
      code: 'bad-value',
      path: `/feeds/lab/jsonp?callback=${encodeURIComponent(callback)}`,
    }),
  ),
  { what: 'jsonp, no callback', code: 'bad-value', path: '/feeds/lab/jsonp' },
  { what: 'jsonp, hold of 61 s', code: 'bad-value', path: '/feeds/lab/jsonp?callback=f&wait=61' },
  { what: 'hold of 61 s', code: 'bad-value', path: '/feeds/lab/long-poll?after=earliest&wait=61' },
  {
    what: 'naive hold of 3601 s',
    code: 'bad-value',
    path: '/feeds/lab/long-poll?manners=naive&wait=3601',
  },
  { what: 'hold of nothing', code: 'bad-value', path: '/feeds/lab/long-poll?wait=' },
  { what: 'limit of 0', code: 'bad-value', path: '/feeds/lab/sse?limit=0' },
  { what: 'WebSocket without an upgrade', code: 'needs-upgrade', path: '/feeds/lab/websocket' },
  { what: 'no such transport', code: 'not-found', path: '/feeds/lab/pigeon' },
  { what: 'no transport', code: 'not-found', path: '/feeds/lab' },
  { what: 'too long a path', code: 'not-found', path: '/feeds/lab/sse/more' },
  { what: 'nothing there', code: 'not-found', path: '/nothing' },
  { what: 'publish, no JSON', code: 'bad-message', path: '/feeds/lab/messages', init: post('{') },
  { what: 'publish, nothing', code: 'bad-message', path: '/feeds/lab/messages', init: post('') },
  { what: 'publish, no object', code: 'bad-message', path: '/feeds/lab/messages', init: post('[1]') },
  { what: 'publish, null', code: 'bad-message', path: '/feeds/lab/messages', init: post('null') },
  { what: 'publish, no type', code: 'bad-message', path: '/feeds/lab/messages', init: post('{"data":1}') },
  { what: 'publish, type', code: 'bad-message', path: '/feeds/lab/messages', init: post('{"type":"a b"}') },
  {
    what: 'publish, key',
    code: 'bad-message',
    path: '/feeds/lab/messages',
    init: post('{"type":"t","key":""}'),
  },
  {
    what: 'publish, base64',
    code: 'bad-message',
    path: '/feeds/lab/messages',
    init: post('{"type":"t","base64":"a"}'),
  },
  {
    what: 'publish, data and base64',
    code: 'bad-message',
    path: '/feeds/lab/messages',
    init: post('{"type":"t","data":1,"base64":"aaaa"}'),
  },
  {
    what: 'publish, no UTF-8',
    code: 'bad-message',
    path: '/feeds/lab/messages',
    init: post(Buffer.from('{"type":"t","data":"\xff"}', 'latin1')),
  },
  {
    what: 'publish, nested too deeply',
    code: 'bad-message',
    path: '/feeds/lab/messages',
    init: post(`{"type":"t","data":${'['.repeat(30_000)}${']'.repeat(30_000)}}`),
  },
  {
    what: 'publish, data a byte too large',
    code: 'too-large',
    path: '/feeds/lab/messages',
    init: post(message('x'.repeat(99_999))),
  },
  {
    what: 'publish, body far too large',
    code: 'too-large',
    path: '/feeds/lab/messages',
    init: post(message('x'.repeat(5_000_000))),
  },
  {
    what: 'publish, body of unknown length too large',
    code: 'too-large',
    path: '/feeds/lab/messages',
    init: { ...post(new Blob([message('x'.repeat(5_000_000))]).stream()), duplex: 'half' },
  },
  { what: 'publish, topic', code: 'bad-topic', path: '/feeds/UPPER/messages', init: post(message(1)) },
  {
    what: 'publish, no token',
    code: 'unauthorized',
    path: '/feeds/lab/messages',
    init: post(message(1), { Authorization: '' }),
  },
  {
    what: 'publish, wrong token',
    code: 'unauthorized',
    path: '/feeds/lab/messages',
    init: post(message(1), { Authorization: 'Bearer x' }),
  },
  {
    what: 'publish, another page',
    code: 'forbidden-origin',
    path: '/feeds/lab/messages',
    init: post(message(1), { Origin: OTHER_PAGE }),
  },
  { what: 'publish, GET', code: 'bad-method', path: '/feeds/lab/messages' },
  {
    what: 'workload, no token',
    code: 'unauthorized',
    path: '/api/workload',
    init: { method: 'PUT', body: '{}', headers: { 'Content-Type': 'application/json' } },
  },
  {
    what: 'workload, another page',
    code: 'forbidden-origin',
    path: '/api/workload',
    init: { method: 'PUT', body: '{}', headers: { 'Content-Type': 'application/json', Origin: OTHER_PAGE } },
  },
  {
    what: 'workload, no JSON',
    code: 'bad-value',
    path: '/api/workload',
    init: {
      method: 'PUT',
      body: '{',
      headers: { 'Content-Type': 'application/json', Authorization: 'Bearer secret' },
    },
  },
  {
    what: 'workload, rate',
    code: 'bad-value',
    path: '/api/workload',
    init: {
      method: 'PUT',
      body: '{"ratePerSecond":-1}',
      headers: { 'Content-Type': 'application/json', Authorization: 'Bearer secret' },
    },
  },
  { what: 'statistics, label', code: 'bad-value', path: '/api/stats?client=a%20b' },
];

describe.each(['raw', 'express'])('--stack %s', (stack) => {
  let lab: InProcessLab;
  let bystander: WebSocket;
  const seen: unknown[] = [];
  const wrong = wrongInputs();

  beforeAll(async () => {
    lab = await startInProcess(['--stack', stack, '--token', 'secret', '--max-message-bytes', '100000']);
    bystander = new WebSocket(`${lab.url}/feeds/bystander/websocket`);
    await new Promise((resolve) => bystander.once('message', resolve));
    bystander.on('message', (data) => seen.push(JSON.parse(String(data)).data));
  });
  afterAll(async () => {
    bystander.terminate();
    await lab.close();
  });

  async function publishToBystander(data: unknown): Promise<void> {
    const arrived = new Promise((resolve) => bystander.once('message', resolve));
    const response = await fetch(`${lab.url}/feeds/bystander/messages`, post(message(data)));
    expect(response.status).toBe(201);
    await arrived;
  }

  test.each(wrong)('$what is $code, and the server goes on', async ({ what, code, path, init }) => {
    const response = await fetch(lab.url + path, init as RequestInit);
    expect(response.status).toBe(PROBLEMS[code]);
    expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.get('x-powered-by')).toBeNull();
    expect(await response.json()).toEqual({
      type: 'about:blank',
      title: code.replaceAll('-', ' '),
      status: PROBLEMS[code],
      code,
      detail: expect.stringMatching(/\w+/),
    });
    await publishToBystander(what);
    expect(seen.at(-1)).toBe(what);
  });

  test('the bystander has missed nothing, and nothing has failed within the server', () => {
    expect(seen).toEqual(wrong.map(({ what }) => what));
    expect(lab.failures).toEqual([]);
  });

  test('after a refusal the connection serves the next request, even if the body came late', async () => {
    await using raw = new RawClient(lab.url);
    const body = 'x'.repeat(200_000);
    raw.send(`POST /feeds/lab/messages HTTP/1.1\r\nHost: lab\r\nContent-Length: ${body.length}\r\n\r\n`);
    expect((await raw.response()).status).toBe(401);
    raw.send(body);
    raw.get('/feeds/lab/short-poll');
    expect((await raw.response()).status).toBe(200);
  });

  test('a body that was read in part before it was refused is no obstacle either', async () => {
    await using raw = new RawClient(lab.url);
    raw.send('POST /feeds/lab/messages HTTP/1.1\r\nHost: lab\r\nAuthorization: Bearer secret\r\n');
    raw.send('Transfer-Encoding: chunked\r\n\r\n');
    const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`;
    raw.send(chunk + chunk + chunk);
    expect((await raw.response()).status).toBe(413);
    for (let i = 0; i < 50; i++) raw.send(chunk);
    raw.send('0\r\n\r\n');
    raw.get('/feeds/lab/short-poll');
    expect((await raw.response()).status).toBe(200);
  });

  test('an upload that is broken off is nobody’s failure', async () => {
    const raw = new RawClient(lab.url);
    raw.send(
      'POST /feeds/lab/messages HTTP/1.1\r\nHost: lab\r\nAuthorization: Bearer secret\r\nContent-Length: 100\r\n\r\n{"ty',
    );
    await until(async () => (await active()) === 1);
    raw.socket.destroy();
    await until(async () => (await active()) === 0);
    expect(lab.failures).toEqual([]);
  });

  test('HEAD and OPTIONS are refused with what would be answered', async () => {
    for (const method of ['HEAD', 'OPTIONS']) {
      const response = await fetch(`${lab.url}/feeds/lab/sse`, { method });
      expect(response.status).toBe(405);
      expect(response.headers.get('allow')).toBe('GET');
    }
  });

  test('every answer of a feed says that no cache may keep it, and a stream that nobody may compress it', async () => {
    const paths = {
      '/feeds/lab/short-poll': 'no-store',
      '/feeds/lab/long-poll': 'no-store',
      '/feeds/lab/sse?after=earliest': 'no-store, no-transform',
    };
    for (const [path, cacheControl] of Object.entries(paths)) {
      const abort = new AbortController();
      const response = await fetch(lab.url + path, { signal: abort.signal });
      expect(response.headers.get('cache-control')).toBe(cacheControl);
      expect(response.headers.get('etag')).toBeNull();
      expect(response.headers.get('x-powered-by')).toBeNull();
      abort.abort();
    }
  });

  async function active(): Promise<number> {
    const response = await fetch(`${lab.url}/api/stats`);
    const { traffic } = (await response.json()) as { traffic: { publish: { active: number } } };
    return traffic.publish.active;
  }
});

/** Resolves as soon as `condition` holds; each question takes a round trip. */
async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition()));
}
