import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type InProcessLab, startInProcess } from '../../scripts/testing/in-process.ts';
import type { PollAnswer, Receipt } from '../wire.ts';

let lab: InProcessLab;
beforeAll(async () => {
  lab = await startInProcess(['--allow-origin', 'https://friend.example']);
});
afterAll(() => lab.close());

async function publish(topic: string, data: unknown): Promise<Receipt> {
  const body = JSON.stringify({ type: 't', data });
  const response = await fetch(`${lab.url}/feeds/${topic}/messages`, { method: 'POST', body });
  return (await response.json()) as Receipt;
}

/** Asks as a script tag does, and runs what comes. */
async function ask(path: string, callback: string, headers: Record<string, string> = {}) {
  const response = await fetch(`${lab.url}/feeds/${path}&callback=${encodeURIComponent(callback)}`, {
    headers,
  });
  const script = await response.text();
  const calls: PollAnswer[] = [];
  // The answer of a server of this wire.
  if (response.ok) runInNewContext(script, { [callback]: (answer: PollAnswer) => void calls.push(answer) });
  return { status: response.status, headers: response.headers, script, calls };
}

test('an answer is a script that calls the function asked for, and no browser takes it for anything else', async () => {
  await publish('said', '</script>\u2028');
  for (const callback of ['f', '$', '_0', 'x'.repeat(64), '__proto__x']) {
    const { status, headers, script, calls } = await ask('said/jsonp?after=earliest', callback);
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(script).toMatch(/^\/\*\*\/[\w$]+\(.*\);$/);
    expect(script).not.toMatch(/[<\u2028]/);
    expect(calls).toMatchObject([{ messages: [{ seq: 1, data: '</script>\u2028' }] }]);
  }
});

test('that nothing is new is an answer as well, with the cursor of who asked', async () => {
  const { cursor } = await publish('quiet', 1);
  const { status, calls } = await ask(`quiet/jsonp?after=${cursor}&wait=1`, 'f');
  expect(status).toBe(200);
  expect(calls).toEqual([{ messages: [], cursor }]);
});

test('a held request is answered as soon as there is news', async () => {
  const { cursor } = await publish('held', 1);
  const asked = ask(`held/jsonp?after=${cursor}&wait=60`, 'f');
  await expect.poll(() => subscribers('held')).toBe(1);
  await publish('held', 2);
  expect((await asked).calls).toMatchObject([{ messages: [{ seq: 2, data: 2 }] }]);
});

test('an even naive server has no browser guess what the answer is', async () => {
  const { headers } = await ask('lab/jsonp?manners=naive', 'f');
  expect(headers.get('x-content-type-options')).toBe('nosniff');
});

test('pages of allowed origins may have it', async () => {
  const headers = { 'Sec-Fetch-Site': 'cross-site', Referer: 'https://friend.example/' };
  expect((await ask('lab/jsonp?', 'f', headers)).status).toBe(200);
});

async function subscribers(topic: string): Promise<number | undefined> {
  const response = await fetch(`${lab.url}/api/stats`);
  const { topics } = (await response.json()) as { topics: Record<string, { subscribers: number }> };
  return topics[topic]?.subscribers;
}
