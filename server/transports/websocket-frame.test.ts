import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import * as ws from 'ws';
import { binaryFrame, textFrame } from './websocket-frame.ts';

// `ws` exports its receiver, its types do not.
const { Receiver } = ws as unknown as {
  Receiver: new (options: { isServer: boolean }) => NodeJS.WritableStream;
};

const LENGTHS = [0, 1, 125, 126, 127, 65_535, 65_536, 1_000_000];

describe.each([
  { kind: 'text', frame: textFrame, binary: false },
  // In two parts, as a message has a head of its own.
  {
    kind: 'binary',
    frame: (payload: Buffer) => binaryFrame(payload.subarray(0, 20), payload.subarray(20)),
    binary: true,
  },
])('$kind', ({ frame, binary }) => {
  test.each(LENGTHS)('a frame of %i bytes is one that a client reads back', async (length) => {
    const payload = Buffer.alloc(length, 'ab');
    const receiver = new Receiver({ isServer: false });
    const message = once(receiver, 'message');
    receiver.write(frame(payload));
    const [data, isBinary] = await message;
    expect(Buffer.compare(data, payload)).toBe(0);
    expect(isBinary).toBe(binary);
  });
});

test.each([
  [0, 2],
  [125, 2],
  [126, 4],
  [65_535, 4],
  [65_536, 10],
])('a payload of %i bytes has a head of %i bytes, unmasked and final', (length, headBytes) => {
  const frame = textFrame(Buffer.alloc(length));
  expect(frame.length).toBe(length + headBytes);
  expect(frame[0]).toBe(0x81);
  expect((frame[1] ?? 0) & 0x80).toBe(0);
});
