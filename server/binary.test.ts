import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RawData, WebSocket } from 'ws';
import { type InProcessLab, startInProcess } from '../scripts/testing/in-process.ts';
import { RawClient } from '../scripts/testing/raw-client.ts';
import { BINARY_PROTOCOL, binaryPublishFrame, type ControlFrame, readBinaryMessage } from './wire.ts';

const AUTHORIZED = { Authorization: 'Bearer secret' };
const LIMIT_BYTES = 1000;

let lab: InProcessLab;
let large: InProcessLab;
beforeAll(async () => {
  lab = await startInProcess(['--token', 'secret', '--max-message-bytes', String(LIMIT_BYTES)]);
  large = await startInProcess(['--deflate']);
});
afterAll(async () => {
  await lab.close();
  await large.close();
  expect([...lab.failures, ...large.failures]).toEqual([]);
});

async function post(topic: string, draft: unknown): Promise<void> {
  const response = await fetch(`${large.url}/feeds/${topic}/messages`, {
    method: 'POST',
    body: JSON.stringify(draft),
  });
  expect(response.status).toBe(201);
}

const postBytes = (topic: string, bytes: Buffer) =>
  post(topic, { type: 'blob', base64: bytes.toString('base64') });

describe('what a subscriber is sent', () => {
  /** Bytes where they were random, text where it is JSON. */
  const SAID: readonly (Buffer | string)[] = [
    'first',
    ...[0, 1, 2, 3, 103, 104, 65_513, 65_514, 1024 ** 2].map((length) => randomBytes(length)),
    Buffer.alloc(50_000, 'compressible '),
    'last',
  ];

  test.each([
    { protocols: [BINARY_PROTOCOL], perMessageDeflate: false, title: 'bytes, to one that asks for them' },
    { protocols: ['other', BINARY_PROTOCOL], perMessageDeflate: true, title: 'bytes, compressed' },
    { protocols: [], perMessageDeflate: false, title: 'base64, to one that does not' },
    { protocols: [], perMessageDeflate: true, title: 'base64, compressed' },
  ])('$title', async ({ protocols, perMessageDeflate }) => {
    const topic = `sent-${protocols.length}-${perMessageDeflate}`;
    const socket = new WebSocket(`${large.url}/feeds/${topic}/websocket`, protocols, { perMessageDeflate });
    const received: unknown[] = [];
    await once(socket, 'message');
    const binary = protocols.includes(BINARY_PROTOCOL);
    expect(socket.protocol).toBe(binary ? BINARY_PROTOCOL : '');
    socket.on('message', (frame: Buffer, isBinary) => {
      const message = isBinary ? readBinaryMessage(frame) : JSON.parse(String(frame));
      expect(isBinary).toBe(binary && message.type === 'blob');
      expect(message).toMatchObject({ seq: received.length + 1, at: expect.closeTo(Date.now(), -5) });
      received.push(
        message.type === 'text' ? message.data : Buffer.from(message.data ?? message.base64, 'base64'),
      );
    });
    for (const said of SAID)
      await (typeof said === 'string' ? post(topic, { type: 'text', data: said }) : postBytes(topic, said));
    while (received.length < SAID.length) await once(socket, 'message');
    // Not `toEqual`: it takes a second for a mebibyte.
    expect(received.map((item, i) => Buffer.from(SAID[i] ?? '').equals(Buffer.from(item as string)))).toEqual(
      SAID.map(() => true),
    );
    socket.terminate();
  });

  test('compressed where that is shorter, one frame each', async () => {
    await using raw = new RawClient(large.url);
    raw.upgrade('/feeds/frames/websocket', {
      'Sec-WebSocket-Extensions': 'permessage-deflate',
      'Sec-WebSocket-Protocol': BINARY_PROTOCOL,
    });
    await raw.head();
    await raw.takeFrame();
    for (const bytes of [Buffer.alloc(1000), randomBytes(1000)]) {
      await postBytes('frames', bytes);
      await raw.until((text) => text.length > 0);
      const first = raw.text.charCodeAt(0);
      const { payload } = await raw.takeFrame();
      if (first === 0x82) expect(payload.subarray(22)).toEqual(bytes);
      else expect([first, payload.length < 100]).toEqual([0xc2, true]);
    }
  });

  test('none of the subprotocols that a server does not speak is agreed to', async () => {
    await using raw = new RawClient(large.url);
    raw.upgrade('/feeds/lab/websocket', { 'Sec-WebSocket-Protocol': 'feed.binary.v2, chat' });
    const { status, headers } = await raw.head();
    expect(status).toBe(101);
    expect(headers).not.toHaveProperty('sec-websocket-protocol');
  });
});

/** Opens a publisher, sends the frames, and resolves with what it is answered, by id, and the close code. */
async function publish(
  topic: string,
  frames: readonly Uint8Array[],
  { protocols = [BINARY_PROTOCOL], headers = AUTHORIZED }: { protocols?: string[]; headers?: object } = {},
): Promise<{ answers: ControlFrame[]; code: number }> {
  const socket = new WebSocket(`${lab.url}/feeds/${topic}/websocket?mode=publish`, protocols, {
    headers: { ...headers },
  });
  const answers: ControlFrame[] = [];
  socket.on('message', (data: RawData) => {
    answers.push(JSON.parse(String(data)));
    if (answers.length === 1 + frames.length) socket.close(4000);
  });
  socket.on('open', () => {
    for (const frame of frames) socket.send(frame);
  });
  const [code] = await once(socket, 'close');
  // A refusal needs no bus, and overtakes an acknowledgement.
  const idOf = (answer: ControlFrame): number => ('id' in answer && answer.id) || 0;
  return { answers: answers.slice(1).sort((a, b) => idOf(a) - idOf(b)), code };
}

const FRAME = { id: 1, type: 't', data: randomBytes(300) };

describe('what a publisher sends', () => {
  test('bytes in a binary frame come out as they went in, and are acknowledged', async () => {
    const frames = [FRAME, { ...FRAME, id: 2, data: randomBytes(LIMIT_BYTES) }, { ...FRAME, id: 3 }];
    const { answers, code } = await publish('up', frames.map(binaryPublishFrame));
    expect(answers).toEqual([
      expect.objectContaining({ control: 'ack', id: 1, seq: 1 }),
      expect.objectContaining({ control: 'ack', id: 2, seq: 2 }),
      expect.objectContaining({ control: 'ack', id: 3, seq: 3 }),
    ]);
    expect(code).toBe(4000);
    const poll = await fetch(`${lab.url}/feeds/up/short-poll?after=earliest`);
    const { messages } = (await poll.json()) as { messages: unknown[] };
    expect(messages).toEqual(
      frames.map(({ data, type }, i) => ({
        seq: i + 1,
        at: expect.any(Number),
        type,
        base64: data.toString('base64'),
      })),
    );
  });

  test('a key makes it the same message the second time', async () => {
    const frames = [1, 2].map((id) => binaryPublishFrame({ ...FRAME, id, key: 'once' }));
    const other = binaryPublishFrame({ ...FRAME, id: 3, key: 'once', data: randomBytes(5) });
    const { answers } = await publish('keys', [...frames, other]);
    expect(answers).toEqual([
      expect.objectContaining({ control: 'ack', id: 1, seq: 1 }),
      expect.objectContaining({ control: 'ack', id: 2, seq: 1, repeated: true }),
      expect.objectContaining({ control: 'error', id: 3, code: 'key-reused' }),
    ]);
  });

  test('a token can come with the frame', async () => {
    const frames = [{ ...FRAME }, { ...FRAME, id: 2, token: 'secret' }, { ...FRAME, id: 3, token: 'wrong' }];
    const { answers } = await publish('token', frames.map(binaryPublishFrame), { headers: {} });
    expect(answers).toMatchObject([
      { control: 'error', id: 1, code: 'unauthorized' },
      { control: 'ack', id: 2 },
      { control: 'error', id: 3, code: 'unauthorized' },
    ]);
  });

  test.each([
    ['a type out of form', { ...FRAME, type: 'no type' }, 'bad-message'],
    ['a key out of form', { ...FRAME, key: 'no key' }, 'bad-message'],
    ['too many bytes', { ...FRAME, data: randomBytes(LIMIT_BYTES + 1) }, 'too-large'],
  ])('%s is refused by its id, and the connection goes on', async (_what, frame, error) => {
    const { answers, code } = await publish('refused', [frame, { ...FRAME, id: 2 }].map(binaryPublishFrame));
    expect(answers).toMatchObject([
      { control: 'error', id: 1, code: error },
      { control: 'ack', id: 2 },
    ]);
    expect(code).toBe(4000);
  });

  const frame = binaryPublishFrame(FRAME);
  test.each([
    ['an empty frame', new Uint8Array(), [BINARY_PROTOCOL], 'bad-message', 1007],
    ['a frame that ends within its id', frame.slice(0, 5), [BINARY_PROTOCOL], 'bad-message', 1007],
    ['a frame that ends within its head', frame.slice(0, 12), [BINARY_PROTOCOL], 'bad-message', 1007],
    ['a length beyond the end', frame.slice().fill(0xff, 8, 10), [BINARY_PROTOCOL], 'bad-message', 1007],
    ['an id beyond 2^53', frame.slice().fill(0xff, 0, 2), [BINARY_PROTOCOL], 'bad-message', 1007],
    ['text in a binary frame', Buffer.from('{"publish":{}}'), [BINARY_PROTOCOL], 'bad-message', 1007],
    ['a frame far too large', randomBytes(3000), [BINARY_PROTOCOL], 'too-large', 1009],
    ['a binary frame from one who has not asked for it', frame, [], 'bad-message', 1003],
  ])('%s ends the connection', async (_what, bytes, protocols, error, closeCode) => {
    const { answers, code } = await publish('ends', [bytes, frame], { protocols });
    expect(answers).toEqual([{ control: 'error', code: error, detail: expect.any(String) }]);
    expect(code).toBe(closeCode);
    // What came behind it is not published either: nobody would be told.
    const poll = await fetch(`${lab.url}/feeds/ends/short-poll?after=earliest`);
    expect(await poll.json()).toMatchObject({ messages: [] });
  });

  test('a frame beyond all measure is cut off by its length alone', async () => {
    const { answers, code } = await publish('ends', [randomBytes(100_000), frame]);
    expect(answers).toEqual([]);
    expect(code).toBe(1009);
  });
});
