import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { commands } from 'vitest/browser';
import { createPageEnv } from './page-env.ts';

const page = createPageEnv();
const framesBefore = document.querySelectorAll('iframe').length;
const framesNow = (): number => document.querySelectorAll('iframe').length - framesBefore;

let url: string;
beforeAll(async () => {
  url = await commands.startLab(['--allow-origin', location.origin]);
});
afterAll(() => commands.stopLab(url));
afterEach(() => expect.poll(framesNow).toBe(0));

interface Loaded {
  readonly called: boolean;
  readonly values: readonly unknown[];
}

function load(path: string, callback = 'receive'): Promise<Loaded> {
  const values: unknown[] = [];
  return new Promise((resolve) =>
    page.loadScript(`${url}/feeds/${path}`, callback, {
      value: (value) => void values.push(value),
      ended: (called) => resolve({ called, values }),
    }),
  );
}

async function publish(topic: string, data: unknown): Promise<void> {
  const body = JSON.stringify({ type: 't', data });
  await fetch(`${url}/feeds/${topic}/messages`, { method: 'POST', body });
}

async function subscribers(topic: string): Promise<number | undefined> {
  const stats = await (await fetch(`${url}/api/stats`)).json();
  return stats.topics[topic]?.subscribers;
}

test('scripts loaded at once have a scope each, and leave no name in the page', async () => {
  await publish('left', 'left');
  await publish('right', 'right');
  const loaded = await Promise.all(
    ['left', 'right'].map((topic) => load(`${topic}/jsonp?after=earliest&callback=receive`)),
  );
  expect(loaded).toMatchObject([
    { called: true, values: [{ messages: [{ data: 'left' }] }] },
    { called: true, values: [{ messages: [{ data: 'right' }] }] },
  ]);
  expect(Reflect.has(window, 'receive')).toBe(false);
});

test('what a script brings is made of the page’s own objects', async () => {
  const { values } = await load('lab/jsonp?callback=receive');
  expect(values[0]).toBeInstanceOf(Object);
});

test('one frame after another is used again by who goes on asking, and removed when nobody does', async () => {
  for (let i = 0; i < 5; i++) {
    await load('lab/jsonp?callback=receive');
    expect(framesNow()).toBe(1);
  }
});

test.each([
  ['a refusal', 'lab/jsonp?callback=receive&after=nonsense'],
  ['a script that calls another function', 'lab/jsonp?callback=other'],
  ['what is no script', 'lab/short-poll?'],
])('%s calls nothing', async (_what, path) => {
  expect(await load(path)).toEqual({ called: false, values: [] });
});

test('a script that is broken off is broken off on the server', async () => {
  await publish('held', 1);
  const stop = page.loadScript(
    `${url}/feeds/held/jsonp?after=${await cursor('held')}&wait=60&callback=f`,
    'f',
    {
      value: () => expect.unreachable(),
      ended: () => expect.unreachable(),
    },
  );
  await expect.poll(() => subscribers('held')).toBe(1);
  stop();
  stop();
  await expect.poll(() => subscribers('held')).toBe(0);
});

test('a frame brings what it is sent, and nothing that others say', async () => {
  const values: unknown[] = [];
  const first = await new Promise((resolve) => {
    const stop = page.openFrame(`${url}/feeds/lab/forever-iframe`, {
      value(value) {
        values.push(value);
        resolve(value);
        stop();
      },
      ended: () => expect.unreachable(),
    });
    window.postMessage({ control: 'bye' }, location.origin);
  });
  expect(first).toMatchObject({ control: 'open' });
  expect(values).toHaveLength(1);
});

test('a document of the feed keeps none of its scripts', async () => {
  // As a document of the page's own origin, which can be looked at.
  const limit = 50;
  for (let i = 0; i < limit; i++) await publish('many', i);
  const query = `after=earliest&limit=${limit}&origin=${encodeURIComponent(location.origin)}`;
  const text = await (await fetch(`${url}/feeds/many/forever-iframe?${query}`)).text();
  expect(text.match(/<script>/g)).toHaveLength(limit + 2);
  const frame = document.createElement('iframe');
  frame.srcdoc = text;
  const came = new Promise<number>((resolve) => {
    let count = 0;
    const receive = ({ source }: MessageEvent): void => {
      if (source !== frame.contentWindow) return;
      count += 1;
      if (count <= limit) return;
      removeEventListener('message', receive);
      resolve(count);
    };
    addEventListener('message', receive);
  });
  document.body.append(frame);
  expect(await came).toBe(limit + 1);
  // Left is the one that has defined the function.
  expect(frame.contentDocument?.querySelectorAll('script')).toHaveLength(1);
  frame.remove();
});

test.each([
  ['a refusal', () => `${url}/feeds/lab/forever-iframe?after=nonsense`],
  ['a server that is not there', () => 'http://127.0.0.1:65534/feeds/lab/forever-iframe'],
])('a frame ends with %s', async (_what, address) => {
  await new Promise<void>((ended) => page.openFrame(address(), { value: () => expect.unreachable(), ended }));
});

async function cursor(topic: string): Promise<string> {
  const { cursor: at } = await (await fetch(`${url}/feeds/${topic}/short-poll?after=earliest`)).json();
  return at;
}
