import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  binaryMessageHead,
  binaryPublishFrame,
  readBinaryMessage,
  readBinaryPublish,
} from './binary-frame.ts';

const seq = fc.maxSafeNat();
const at = fc.double({ noNaN: true, noDefaultInfinity: true });
const text = fc.string({ unit: 'binary', maxLength: 300 });
const data = fc.uint8Array({ maxLength: 300 });

const messageFrame = (message: { seq: number; at: number; type: string; data: Uint8Array }) =>
  new Uint8Array([...binaryMessageHead({ ...message }), ...message.data]);

const PUBLISH = { id: 7, type: 'tick', key: 'k', token: 't', data: new Uint8Array([1, 2, 3]) };
const MESSAGE = { seq: 42, at: 1_790_000_000_123.456, type: 'tick', data: new Uint8Array([1, 2, 3]) };

test('the layout is as it is written down', () => {
  expect(hex(messageFrame(MESSAGE))).toBe('000000000000002a427a0c4506c7b74c00047469636b010203');
  expect(hex(binaryPublishFrame(PUBLISH))).toBe('000000000000000700047469636b00016b000174010203');
});

test('any message comes back as it was', () => {
  fc.assert(
    fc.property(fc.record({ seq, at, type: text, data }), (message) => {
      expect(readBinaryMessage(messageFrame(message))).toEqual(message);
    }),
  );
});

test('any publish frame comes back as it was, an empty key or token as none', () => {
  fc.assert(
    fc.property(fc.record({ id: seq, type: text, key: text, token: text, data }), (publish) => {
      const { key, token, ...rest } = publish;
      expect(readBinaryPublish(binaryPublishFrame(publish))).toEqual({
        ...rest,
        key: key || undefined,
        token: token || undefined,
      });
    }),
  );
});

test('a frame that stands in the middle of a larger buffer is read from its own beginning to its own end', () => {
  const frame = messageFrame(MESSAGE);
  const within = new Uint8Array(frame.length + 20).fill(0xff);
  within.set(frame, 10);
  expect(readBinaryMessage(within.subarray(10, 10 + frame.length))).toEqual(MESSAGE);
});

test('what is no frame is undefined, whatever it is: nothing throws, nothing is read beyond its end', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      for (const read of [readBinaryMessage, readBinaryPublish]) {
        const frame = read(bytes);
        if (frame) expect(frame.data.byteLength).toBeLessThan(bytes.length);
      }
    }),
  );
});

describe('malformed', () => {
  test('a frame that ends within its head', () => {
    const message = messageFrame({ ...MESSAGE, data: new Uint8Array() });
    const publish = binaryPublishFrame({ ...PUBLISH, data: new Uint8Array() });
    for (let end = 0; end < message.length; end++)
      expect(readBinaryMessage(message.slice(0, end))).toBeUndefined();
    for (let end = 0; end < publish.length; end++)
      expect(readBinaryPublish(publish.slice(0, end))).toBeUndefined();
    expect(readBinaryMessage(message)?.data).toEqual(new Uint8Array());
  });

  test.each([
    ['a seq of 2^53 or more', 0, [0xff]],
    ['an `at` that is not a number', 8, [0x7f, 0xff]],
    ['a type that is not UTF-8', 18, [0xff]],
  ])('%s', (_what, offset, bytes) => {
    const frame = messageFrame(MESSAGE);
    frame.set(bytes, offset);
    expect(readBinaryMessage(frame)).toBeUndefined();
  });

  test('what cannot be written is refused', () => {
    expect(() => binaryPublishFrame({ ...PUBLISH, id: -1 })).toThrow(RangeError);
    expect(() => binaryPublishFrame({ ...PUBLISH, id: 2 ** 53 })).toThrow(RangeError);
    expect(() => binaryPublishFrame({ ...PUBLISH, key: 'x'.repeat(65_536) })).toThrow(/key has 65536 bytes/);
  });
});

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
