import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { scriptCall } from '../server/transports/callback.ts';
import { EARLIEST, type Stats, type TransportName } from '../server/wire.ts';
import type { FeedEvent, FetchedResponse, PageEnv } from '../web/clients/client.ts';
import { openPublisher } from '../web/clients/post.ts';
import { subscribe } from '../web/clients/subscribe.ts';
import { createNodeEnv, type NodeEnv } from './node-env.ts';
import { createPageReader } from './page-reader.ts';
import { type InProcessLab, startInProcess } from './testing/in-process.ts';

const now = (): number => performance.timeOrigin + performance.now();

/** What comes in one answer, in pieces. */
function pageOf(pieces: readonly string[], contentType = 'text/html', ok = true): PageEnv {
  const headers = new Map([['content-type', contentType]]);
  const response: FetchedResponse = {
    ok,
    status: ok ? 200 : 403,
    headers: { get: (name) => headers.get(name) ?? null, entries: () => headers },
    json: async () => undefined,
    async *chunks() {
      for (const piece of pieces) yield new TextEncoder().encode(piece);
    },
  };
  return createPageReader(async () => response);
}

async function readFrame(pieces: readonly string[]): Promise<unknown[]> {
  const values: unknown[] = [];
  const value = (one: unknown): void => void values.push(one);
  await new Promise<void>((ended) => pageOf(pieces).openFrame('http://lab/', { value, ended }));
  return values;
}

function readScript(
  text: string,
  contentType = 'text/javascript; charset=utf-8',
  ok = true,
): Promise<unknown> {
  let value: unknown;
  return new Promise((resolve) =>
    pageOf([text], contentType, ok).loadScript('http://lab/', 'receive', {
      value: (one) => {
        value = one;
      },
      ended: (called) => resolve(called ? value : 'not called'),
    }),
  );
}

describe('what is read out of scripts', () => {
  const head = '<!doctype html><script>function f(m){parent.postMessage(m,"http://lab")}</script>';
  const call = (value: unknown): string => `<script>${scriptCall('f', JSON.stringify(value))}</script>`;

  test('a document’s calls, wherever it is split', async () => {
    const values = [{ a: '</script>' }, 'x', JSON.parse('{"__proto__":["[\\"__proto__\\"]:"]}')];
    const text = head + values.map(call).join('');
    for (let at = 1; at < text.length; at++) {
      const read = await readFrame([text.slice(0, at), text.slice(at)]);
      expect(JSON.stringify(read)).toBe(JSON.stringify(values));
    }
  });

  test('nothing that is no call with JSON', async () => {
    const others = ['<script>f(alert(1));</script>', '<script>g(1);</script>', '<script>f(1);f(2);</script>'];
    expect(await readFrame([head, ...others, call(3), '<script>f(4)'])).toEqual([3]);
    expect(await readFrame(['<!doctype html><title>Sign in</title>', call(1), call(2)])).toEqual([]);
  });

  test('a script that is one call of the function asked for', async () => {
    expect(await readScript('/**/receive({"a":1});')).toEqual({ a: 1 });
    for (const text of [
      '',
      'receive(1);',
      '/**/other(1);',
      '/**/receive(alert(1));',
      '/**/receive(1);x();',
    ]) {
      expect(await readScript(text)).toBe('not called');
    }
    expect(await readScript('/**/receive(1);', 'text/plain')).toBe('not called');
    expect(await readScript('/**/receive(1);', 'text/javascript', false)).toBe('not called');
  });
});

describe('against a server', () => {
  let lab: InProcessLab;
  let env: NodeEnv;
  beforeAll(async () => {
    lab = await startInProcess();
  });
  beforeEach(() => {
    env = createNodeEnv({ now, page: true });
  });
  afterEach(() => env.close());
  afterAll(() => lab.close());

  const read = (transport: TransportName, after: string): AsyncIterable<FeedEvent> =>
    subscribe({ baseUrl: lab.url, topic: transport, transport, after, holdMs: 60_000 }, env);

  test.each(['forever-iframe', 'jsonp'] as const)('%s is read as a page reads it', async (transport) => {
    const data = ['</script>', JSON.parse('{"__proto__":1}'), '\u2028', '漢'.repeat(50_000), 'the last'];
    const publisher = await openPublisher({ baseUrl: lab.url, topic: transport }, env);
    const came: unknown[] = [];
    const publishing = Promise.all(data.map((one) => publisher.publish({ type: 't', data: one })));
    for await (const event of read(transport, EARLIEST)) {
      if (event.kind === 'message') came.push(event.message.data);
      if (came.length === data.length) break;
    }
    await publishing;
    publisher.close();
    expect(JSON.stringify(came)).toBe(JSON.stringify(data));
    // Nothing is left of it on the server, which would hold it for a minute.
    await expect.poll(() => active(transport)).toBe(0);
  });

  test.each(['forever-iframe', 'jsonp'] as const)(
    '%s learns of a refusal as a page does',
    async (transport) => {
      const events = read(transport, 'nonsense')[Symbol.asyncIterator]();
      await expect(events.next()).rejects.toMatchObject({ code: 'bad-cursor' });
    },
  );

  async function active(transport: TransportName): Promise<number> {
    const response = await fetch(`${lab.url}/api/stats`);
    const { traffic } = (await response.json()) as Stats;
    return traffic[transport].active;
  }
});
