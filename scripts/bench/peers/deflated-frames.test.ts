import { constants, createDeflateRaw, type DeflateRaw, deflateRawSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { DeflatedFrames } from './deflated-frames.ts';
import { peerMessage } from './message.ts';

const TEXTS = Array.from({ length: 400 }, (_, i) => JSON.stringify(peerMessage(10_000 + i)));

/** A whole compressed text message, as a server sends it. */
function frame(deflated: Buffer): Buffer {
  const payload = deflated.subarray(0, -4);
  return payload.length < 126
    ? Buffer.concat([Buffer.from([0xc1, payload.length]), payload])
    : Buffer.concat([Buffer.from([0xc1, 126, payload.length >> 8, payload.length & 0xff]), payload]);
}

function flushed(deflate: DeflateRaw, text: string): Promise<Buffer> {
  return new Promise((resolve) => {
    const parts: Buffer[] = [];
    const take = (part: Buffer): void => void parts.push(part);
    deflate.on('data', take);
    deflate.write(text);
    deflate.flush(constants.Z_SYNC_FLUSH, () => {
      deflate.off('data', take);
      resolve(Buffer.concat(parts));
    });
  });
}

async function inContext(): Promise<readonly Buffer[]> {
  const deflate = createDeflateRaw();
  const frames: Buffer[] = [];
  for (const text of TEXTS) frames.push(frame(await flushed(deflate, text)));
  return frames;
}

const alone = (text: string): Buffer => frame(deflateRawSync(text, { finishFlush: constants.Z_SYNC_FLUSH }));

test('messages that refer to those before are read, wherever their bytes are cut', async () => {
  const bytes = Buffer.concat(await inContext());
  for (const size of [1, 7, 1000, bytes.length]) {
    const reader = new DeflatedFrames(true);
    let text = '';
    for (let at = 0; at < bytes.length; at += size) text += reader.read(bytes.subarray(at, at + size));
    expect(text, `cut every ${size}`).toBe(TEXTS.join(''));
  }
});

test('messages compressed by themselves are read, and others between them', () => {
  const long = 'x'.repeat(10) + Array.from({ length: 200 }, (_, i) => i * 7919).join(',');
  const plain = Buffer.from([0x81, 2, 0x68, 0x69]);
  const ping = Buffer.from([0x89, 1, 0x21]);
  const reader = new DeflatedFrames(false);
  expect(reader.read(Buffer.concat([alone('one'), plain, ping, alone(long), alone('two')]))).toBe(
    `onehi${long}two`,
  );
});

test('a message that refers to one before is refused where each is to stand by itself', async () => {
  const reader = new DeflatedFrames(false);
  const frames = await inContext();
  expect(() => reader.read(Buffer.concat(frames.slice(0, 2)))).toThrow();
});
