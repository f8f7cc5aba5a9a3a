import { constants, inflateRawSync } from 'node:zlib';

/** What the sender has left out at the end of each message (RFC 7692 §7.2.2). */
const TAIL = Buffer.from([0, 0, 0xff, 0xff]);

/** How far back deflate can refer (RFC 1951 §2). */
const WINDOW_BYTES = 32 * 1024;

const TEXT = 0x1;

/**
 * Reads a server's WebSocket frames (RFC 6455 §5.2), compressed or not, wherever their bytes are cut. With `takeover` a
 * message may refer to those before it on its connection; without, one that does so is an error.
 */
export class DeflatedFrames {
  readonly #takeover: boolean;
  #rest: Buffer = Buffer.alloc(0);
  #window: Buffer = Buffer.alloc(0);

  constructor(takeover: boolean) {
    this.#takeover = takeover;
  }

  /** The texts of all messages that are whole now. */
  read(bytes: Buffer): string {
    let rest = Buffer.concat([this.#rest, bytes]);
    const texts: string[] = [];
    for (let frame = firstFrame(rest); frame; frame = firstFrame(rest)) {
      const payload = rest.subarray(frame.payloadAt, frame.end);
      if (frame.opcode === TEXT) texts.push((frame.compressed ? this.#inflate(payload) : payload).toString());
      rest = rest.subarray(frame.end);
    }
    this.#rest = rest;
    return texts.join('');
  }

  #inflate(payload: Buffer): Buffer {
    const text = inflateRawSync(Buffer.concat([payload, TAIL]), {
      finishFlush: constants.Z_SYNC_FLUSH,
      // For deflate what came before is a dictionary like any other: a stream of its own is not needed.
      ...(this.#window.length > 0 && { dictionary: this.#window }),
    });
    if (this.#takeover) this.#window = Buffer.concat([this.#window, text]).subarray(-WINDOW_BYTES);
    return text;
  }
}

/** The frame at the beginning; undefined where it is not whole yet. Throws where it is not a whole message. */
function firstFrame(bytes: Buffer) {
  const [head = 0, size = 0] = bytes;
  if (bytes.length < 2) return undefined;
  const payloadAt = size < 126 ? 2 : size === 126 ? 4 : 10;
  if (bytes.length < payloadAt) return undefined;
  const length = size < 126 ? size : size === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
  const end = payloadAt + length;
  if (bytes.length < end) return undefined;
  if ((head & 0x80) === 0 || (size & 0x80) !== 0) throw new Error('A frame is a fragment, or masked.');
  return { opcode: head & 0x0f, compressed: (head & 0x40) !== 0, payloadAt, end };
}
