import { once } from 'node:events';
import { inflateRawSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RawData, WebSocket } from 'ws';
import { type InProcessLab, startInProcess } from '../scripts/testing/in-process.ts';
import { RawClient } from '../scripts/testing/raw-client.ts';

let lab: InProcessLab;
beforeAll(async () => {
  lab = await startInProcess(['--deflate', '--max-message-bytes', '100000']);
});
afterAll(async () => {
  await lab.close();
  expect(lab.failures).toEqual([]);
});

const publish = (topic: string, data: unknown) =>
  fetch(`${lab.url}/feeds/${topic}/messages`, { method: 'POST', body: JSON.stringify({ type: 't', data }) });

/** Text that deflate can do nothing with. */
const NOISE = Array.from({ length: 60 }, (_, i) => String.fromCodePoint(0x4e00 + ((i * 7919) % 20_000))).join(
  '',
);
const TEXTS = ['', 'x'.repeat(50_000), 'ä€😀'.repeat(300), NOISE, 'the same again', 'the same again'];

test.each([
  { how: 'compressed', topic: 'on', perMessageDeflate: true },
  { how: 'as it is, to one that does not offer compression', topic: 'off', perMessageDeflate: false },
])('every message arrives whole: $how', async ({ topic, perMessageDeflate }) => {
  const socket = new WebSocket(`${lab.url}/feeds/${topic}/websocket`, { perMessageDeflate });
  const received: unknown[] = [];
  await once(socket, 'message');
  expect(socket.extensions).toBe(perMessageDeflate ? 'permessage-deflate' : '');
  socket.on('message', (bytes: RawData) => received.push(JSON.parse(String(bytes)).data));
  for (const text of TEXTS) await publish(topic, text);
  while (received.length < TEXTS.length) await once(socket, 'message');
  expect(received).toEqual(TEXTS);
  socket.terminate();
});

describe('the frames', () => {
  async function frameFor(
    offer: string,
    data: string,
  ): Promise<{ head: string; first: number; payload: Buffer }> {
    await using raw = new RawClient(lab.url);
    raw.upgrade('/feeds/frames/websocket', { 'Sec-WebSocket-Extensions': offer });
    const { headers } = await raw.head();
    await raw.takeFrame();
    await publish('frames', data);
    await raw.until((text) => text.length > 0);
    const first = raw.text.charCodeAt(0);
    const { payload } = await raw.takeFrame();
    return { head: headers['sec-websocket-extensions'] ?? '', first, payload };
  }

  test('refer to nothing before them, as was agreed', async () => {
    const { head, first, payload } = await frameFor('permessage-deflate', 'x'.repeat(1000));
    expect(head).toContain('server_no_context_takeover');
    expect(first).toBe(0xc1);
    expect(payload.length).toBeLessThan(200);
    const text = inflateRawSync(Buffer.concat([payload, Buffer.from([0, 0, 0xff, 0xff])]), {
      finishFlush: 2,
    });
    expect(JSON.parse(text.toString()).data).toBe('x'.repeat(1000));
  });

  test('are plain where compression would make them longer', async () => {
    const { first } = await frameFor('permessage-deflate', '');
    expect(first).toBe(0x81);
  });

  test('are plain for one whose window is smaller than theirs', async () => {
    const { first, payload } = await frameFor(
      'permessage-deflate; server_max_window_bits=9',
      'x'.repeat(1000),
    );
    expect(first).toBe(0x81);
    expect(JSON.parse(payload.toString()).data).toBe('x'.repeat(1000));
  });
});

test('a client may publish compressed, within the same bounds', async () => {
  const socket = new WebSocket(`${lab.url}/feeds/publish/websocket?mode=publish`, {
    perMessageDeflate: { threshold: 0 },
  });
  await once(socket, 'message');
  const answerTo = async (id: number, data: string) => {
    socket.send(JSON.stringify({ id, publish: { type: 't', data } }));
    const [bytes] = await once(socket, 'message');
    return JSON.parse(String(bytes));
  };
  expect(await answerTo(1, 'x'.repeat(90_000))).toMatchObject({ control: 'ack', id: 1 });
  expect(await answerTo(2, 'x'.repeat(100_000))).toMatchObject({
    control: 'error',
    id: 2,
    code: 'too-large',
  });
  // A few bytes that would become a great many: cut off by their length alone.
  socket.send(JSON.stringify({ id: 3, publish: { type: 't', data: 'x'.repeat(10_000_000) } }));
  const [code] = await once(socket, 'close');
  expect(code).toBe(1009);
});

test('without --deflate nobody is compressed for', async () => {
  await using plain = await startInProcess();
  const socket = new WebSocket(`${plain.url}/feeds/lab/websocket`, { perMessageDeflate: true });
  await once(socket, 'message');
  expect(socket.extensions).toBe('');
  socket.terminate();
});
