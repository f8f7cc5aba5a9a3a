import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { type InProcessLab, startInProcess } from '../scripts/testing/in-process.ts';
import { PublishRate } from './publish-rate.ts';

const tooFast = expect.objectContaining({ code: 'too-fast', retryAfterMs: 1000 });

test('an address has as many messages at once as it has in a second, and others have theirs', () => {
  // One that comes back within the test would be one in a second.
  const rate = new PublishRate(1);
  rate.take('a');
  expect(() => rate.take('a')).toThrow(tooFast);
  rate.take('b');
});

test('its tokens come back with time', async () => {
  const rate = new PublishRate(1000);
  const empty = (): boolean => {
    try {
      rate.take('a');
      return false;
    } catch {
      return true;
    }
  };
  while (!empty());
  await expect.poll(empty).toBe(false);
});

test('0 is no limit', () => {
  const rate = new PublishRate(0);
  for (let n = 0; n < 100_000; n++) rate.take('a');
});

test('those who have been quiet are forgotten, those who have not are not', async () => {
  const rate = new PublishRate(1000, 3);
  for (const address of ['a', 'b', 'c']) rate.take(address);
  expect(rate.addresses).toBe(3);
  // By then they have all their tokens back.
  await expect
    .poll(() => {
      rate.take(String(Math.random()));
      return rate.addresses;
    })
    .toBeLessThan(4);
});

describe('a flood', () => {
  let lab: InProcessLab;
  beforeAll(async () => {
    lab = await startInProcess(['--max-publish-rate', '10', '--tcp-port', '0']);
  });
  afterAll(() => lab.close());

  const post = () =>
    fetch(`${lab.url}/feeds/flood/messages`, { method: 'POST', body: '{"type":"t","data":1}' });

  test('is 429 with Retry-After by POST, and others publish on', async () => {
    const responses = await Promise.all(Array.from({ length: 200 }, post));
    const refused = responses.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThan(0);
    expect(responses.filter(({ status }) => status === 201).length).toBeGreaterThanOrEqual(10);
    expect(refused[0]?.headers.get('retry-after')).toBe('1');
    expect(await refused[0]?.json()).toMatchObject({ code: 'too-fast' });
    await expect.poll(async () => (await post()).status, { timeout: 10_000 }).toBe(201);
  });

  test('is refused message by message over a WebSocket, which stays open', async () => {
    const socket = new WebSocket(`${lab.url.replace('http', 'ws')}/feeds/flood/websocket?mode=publish`);
    const answers: { control: string; code?: string }[] = [];
    await new Promise<void>((resolve) => {
      socket.on('open', () => {
        for (let id = 0; id < 200; id++)
          socket.send(JSON.stringify({ publish: { type: 't', data: id }, id }));
      });
      socket.on('message', (data) => {
        answers.push(JSON.parse(String(data)));
        if (answers.length === 201) resolve();
      });
    });
    expect(answers.filter(({ code }) => code === 'too-fast').length).toBeGreaterThan(0);
    expect(socket.readyState).toBe(WebSocket.OPEN);
    socket.close();
  });
});
