import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { type InProcessLab, startInProcess } from '../scripts/testing/in-process.ts';
import { RawClient } from '../scripts/testing/raw-client.ts';
import type { ControlFrame, PollAnswer, Problem, Receipt, Stats } from './wire.ts';

const FRIEND = 'https://friend.example';
const LOG_MESSAGES = 5;

interface Answer {
  readonly status: number;
  readonly body: Receipt & Problem;
}

describe.each(['raw', 'express'])('publishing with a key, --stack %s', (stack) => {
  let lab: InProcessLab;
  let topics = 0;
  beforeAll(async () => {
    const flags = ['--log-messages', String(LOG_MESSAGES), '--allow-origin', FRIEND];
    lab = await startInProcess(['--stack', stack, ...flags]);
  });
  afterAll(() => lab.close());

  const newTopic = (): string => `publish-${++topics}`;

  async function post(topic: string, draft: object, headers: Record<string, string> = {}): Promise<Answer> {
    const response = await fetch(`${lab.url}/feeds/${topic}/messages`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...headers },
      body: JSON.stringify(draft),
    });
    return { status: response.status, body: (await response.json()) as Answer['body'] };
  }

  /** Sends frames over one WebSocket; resolves with what each is answered, in their order. */
  async function send(topic: string, drafts: readonly object[]): Promise<ControlFrame[]> {
    const socket = new WebSocket(`${lab.url}/feeds/${topic}/websocket?mode=publish`.replace('http', 'ws'));
    const answers: (ControlFrame & { id?: number })[] = [];
    socket.on('open', () => {
      for (const [id, publish] of drafts.entries()) socket.send(JSON.stringify({ publish, id }));
    });
    socket.on('message', (data) => {
      const frame = JSON.parse(String(data)) as ControlFrame;
      if (frame.control !== 'open') answers.push(frame);
      if (answers.length === drafts.length) socket.close();
    });
    await once(socket, 'close');
    return answers.sort((a, b) => (a.id ?? 0) - (b.id ?? 0));
  }

  async function dataOf(topic: string): Promise<unknown[]> {
    const response = await fetch(`${lab.url}/feeds/${topic}/short-poll?after=earliest`);
    return ((await response.json()) as PollAnswer).messages.map((one) => 'data' in one && one.data);
  }

  test('the first time is 201, each further one 200 with the same receipt, marked', async () => {
    const topic = newTopic();
    const draft = { type: 't', data: { a: [1] }, key: 'k' };
    const first = await post(topic, draft);
    expect(first).toEqual({
      status: 201,
      body: { seq: 1, at: expect.any(Number), cursor: expect.any(String) },
    });
    const again = { status: 200, body: { ...first.body, repeated: true } };
    expect(await post(topic, draft)).toEqual(again);
    // What stands in another place, or is written in another way, says the same.
    expect(await post(topic, { key: 'k', data: { a: [1] }, type: 't' })).toEqual(again);
    expect(await dataOf(topic)).toEqual([{ a: [1] }]);
  });

  test('a key holds for all ways up, and for its topic alone', async () => {
    const topic = newTopic();
    const draft = { type: 't', data: 1, key: 'k' };
    const [ack] = await send(topic, [draft]);
    expect(ack).toMatchObject({ control: 'ack', id: 0, seq: 1 });
    expect(ack).not.toHaveProperty('repeated');
    expect(await post(topic, draft)).toMatchObject({ status: 200, body: { seq: 1, repeated: true } });
    expect(await send(topic, [draft])).toEqual([{ ...ack, repeated: true }]);
    expect(await post(newTopic(), draft)).toMatchObject({ status: 201, body: { seq: 1 } });
  });

  test('in one burst on one socket the first counts, and what follows is not held up', async () => {
    const topic = newTopic();
    const draft = { type: 't', data: 1, key: 'k' };
    expect(await send(topic, [draft, draft, { ...draft, data: 2 }, { ...draft, key: 'l' }])).toMatchObject([
      { control: 'ack', id: 0, seq: 1 },
      { control: 'ack', id: 1, seq: 1, repeated: true },
      { control: 'error', id: 2, code: 'key-reused' },
      { control: 'ack', id: 3, seq: 2 },
    ]);
  });

  test('many at once with one key are one message', async () => {
    const topic = newTopic();
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => post(topic, { type: 't', data: 1, key: 'k' })),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(new Set(answers.map(({ body }) => body.cursor)).size).toBe(1);
    expect(await dataOf(topic)).toEqual([1]);
  });

  test('a key with something else to say is 409, and names the message that has it', async () => {
    const topic = newTopic();
    await post(topic, { type: 't', data: 1, key: 'k' });
    for (const draft of [
      { type: 't', data: 2 },
      { type: 'u', data: 1 },
      { type: 't', base64: 'AQ==' },
    ]) {
      expect(await post(topic, { ...draft, key: 'k' })).toMatchObject({
        status: 409,
        body: { code: 'key-reused', detail: expect.stringMatching(/^Message 1 has the key k/) },
      });
    }
    expect(await dataOf(topic)).toEqual([1]);
  });

  test('a key is remembered for as long as the log holds its message, and no longer', async () => {
    const topic = newTopic();
    const draft = { type: 't', data: 'first', key: 'k' };
    await post(topic, draft);
    for (let i = 2; i <= LOG_MESSAGES; i++) await post(topic, { type: 't', data: i, key: `k${i}` });
    expect((await post(topic, draft)).status).toBe(200);
    await post(topic, { type: 't', data: 'one more' });
    expect(await post(topic, draft)).toMatchObject({ status: 201, body: { seq: LOG_MESSAGES + 2 } });
    // And from now on for that one.
    expect(await post(topic, draft)).toMatchObject({ status: 200, body: { seq: LOG_MESSAGES + 2 } });
  });

  test.each(['', 'k'.repeat(65), 'no key', 'é', 7, null])('the key %j is out of form', async (key) => {
    const topic = newTopic();
    const draft = { type: 't', data: 1, key };
    expect(await post(topic, draft)).toMatchObject({ status: 400, body: { code: 'bad-message' } });
    expect(await send(topic, [draft])).toMatchObject([{ control: 'error', id: 0, code: 'bad-message' }]);
  });

  test('the key of a message that is refused is not taken', async () => {
    const topic = newTopic();
    expect((await post(topic, { type: 'no type', data: 1, key: 'k' })).status).toBe(400);
    expect((await post(topic, { type: 't', data: 1, key: 'k' })).status).toBe(201);
  });

  test('Idempotency-Key is refused with a word on what to do, instead of being overlooked', async () => {
    const topic = newTopic();
    const answer = await post(topic, { type: 't', data: 1 }, { 'Idempotency-Key': '"8e03978e-40d5"' });
    expect(answer).toMatchObject({ status: 400, body: { code: 'bad-message' } });
    expect(answer.body.detail).toContain('"key"');
    expect((await post(topic, { type: 't', data: 1 })).body.seq).toBe(1);
  });

  test('pages of other origins need leave for nothing further', async () => {
    const path = `/feeds/${newTopic()}/messages`;
    const preflight = await fetch(lab.url + path, {
      method: 'OPTIONS',
      headers: {
        Origin: FRIEND,
        'Access-Control-Request-Method': 'POST',
        'Access-Control-Request-Headers': 'authorization,content-type',
      },
    });
    expect(preflight.status).toBe(204);
    const allowed = preflight.headers.get('access-control-allow-headers')?.toLowerCase().split(/, */);
    expect(allowed).toEqual(expect.arrayContaining(['authorization', 'content-type']));
    expect(preflight.headers.get('access-control-allow-methods')).toContain('POST');
  });

  test('nothing has failed within the server', () => {
    expect(lab.failures).toEqual([]);
  });
});

test('a server that begins to leave while a message arrives does not take it, and says when to come back', async () => {
  const lab = await startInProcess(['--drain-ms', '5000']);
  await using client = new RawClient(lab.url);
  const body = JSON.stringify({ type: 't', data: 1 });
  client.send(`POST /feeds/lab/messages HTTP/1.1\r\nHost: lab\r\nContent-Length: ${body.length}\r\n\r\n{`);
  const active = async () => {
    const response = await fetch(`${lab.url}/api/stats`);
    return ((await response.json()) as Stats).traffic.publish.active;
  };
  while ((await active()) === 0);
  const closed = lab.close();
  client.send(body.slice(1));
  const response = await client.response();
  expect(response.status).toBe(503);
  expect(Number(response.headers['retry-after'])).toBeGreaterThan(0);
  expect(JSON.parse(response.body)).toMatchObject({ code: 'draining' });
  client.socket.destroy();
  await closed;
});
