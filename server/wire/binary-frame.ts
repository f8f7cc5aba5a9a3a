/** The subprotocol of WebSocket under which messages that are bytes travel as such, in frames laid out as here. */
export const BINARY_PROTOCOL = 'feed.binary.v1';

/** A message that is bytes. */
export interface BinaryMessage {
  readonly seq: number;
  readonly at: number;
  readonly type: string;
  readonly data: Uint8Array;
}

/** A draft that is bytes, as it is published. */
export interface BinaryPublish {
  /** Not negative. */
  readonly id: number;
  readonly type: string;
  readonly key?: string | undefined;
  readonly token?: string | undefined;
  readonly data: Uint8Array;
}

/*
 * All numbers are big-endian. A string is its length in bytes (uint16), then UTF-8.
 *
 *   message    seq uint64 · at float64 (ms) · type string · the bytes, to the end of the frame
 *   publish    id uint64 · type string · key string · token string · the bytes, to the end of the frame
 *
 * An empty key or token is none.
 */

const NUMBER_BYTES = 8;
const LENGTH_BYTES = 2;
const LONGEST_STRING_BYTES = 2 ** 16 - 1;
const UINT32 = 2 ** 32;

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * What stands before a message's bytes: many subscribers share a frame, and a server puts it together once.
 * Throws a RangeError for a seq that is no whole number below 2^53.
 */
export function binaryMessageHead({ seq, at, type }: Omit<BinaryMessage, 'data'>): Uint8Array<ArrayBuffer> {
  const name = stringBytes('type', type);
  const head = new Uint8Array(2 * NUMBER_BYTES + LENGTH_BYTES + name.length);
  const view = new DataView(head.buffer);
  setUint64(view, 0, seq);
  view.setFloat64(NUMBER_BYTES, at);
  setString(view, head, 2 * NUMBER_BYTES, name);
  return head;
}

/** The message of a frame, its data a view of it; undefined for what no server of this wire sends. */
export function readBinaryMessage(frame: Uint8Array): BinaryMessage | undefined {
  const reader = new FrameReader(frame);
  const seq = reader.uint64();
  const at = reader.float64();
  const type = reader.string();
  if (seq === undefined || at === undefined || type === undefined) return undefined;
  return { seq, at, type, data: reader.rest() };
}

/** A publish frame. Throws a RangeError for a string of 64 KiB or more, or an id that is no whole number. */
export function binaryPublishFrame(publish: BinaryPublish): Uint8Array<ArrayBuffer> {
  const { id, type, key = '', token = '', data } = publish;
  const strings = [stringBytes('type', type), stringBytes('key', key), stringBytes('token', token)];
  const headBytes = strings.reduce((sum, { length }) => sum + LENGTH_BYTES + length, NUMBER_BYTES);
  const frame = new Uint8Array(headBytes + data.length);
  const view = new DataView(frame.buffer);
  setUint64(view, 0, id);
  let at = NUMBER_BYTES;
  for (const bytes of strings) at = setString(view, frame, at, bytes);
  frame.set(data, at);
  return frame;
}

/** What a publish frame says, its data a view of it; undefined for what is none. */
export function readBinaryPublish(frame: Uint8Array): BinaryPublish | undefined {
  const reader = new FrameReader(frame);
  const id = reader.uint64();
  const type = reader.string();
  const key = reader.string();
  const token = reader.string();
  if (id === undefined || type === undefined || key === undefined || token === undefined) return undefined;
  return { id, type, key: key || undefined, token: token || undefined, data: reader.rest() };
}

/** Reads from front to back. What is not there, or not in form, is undefined, and so is all that is read after it. */
class FrameReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  uint64(): number | undefined {
    const at = this.#take(NUMBER_BYTES);
    if (at === undefined) return undefined;
    const value = this.#view.getUint32(at) * UINT32 + this.#view.getUint32(at + 4);
    return Number.isSafeInteger(value) ? value : this.#broken();
  }

  float64(): number | undefined {
    const at = this.#take(NUMBER_BYTES);
    if (at === undefined) return undefined;
    const value = this.#view.getFloat64(at);
    return Number.isFinite(value) ? value : this.#broken();
  }

  string(): string | undefined {
    const lengthAt = this.#take(LENGTH_BYTES);
    if (lengthAt === undefined) return undefined;
    const length = this.#view.getUint16(lengthAt);
    const at = this.#take(length);
    if (at === undefined) return undefined;
    try {
      return decoder.decode(this.#bytes.subarray(at, at + length));
    } catch {
      return this.#broken(); // not UTF-8
    }
  }

  rest(): Uint8Array {
    const { buffer, byteOffset, length } = this.#bytes;
    // Not `subarray`: of a Buffer that would be a Buffer.
    return new Uint8Array(buffer, byteOffset + this.#at, length - this.#at);
  }

  #take(bytes: number): number | undefined {
    const at = this.#at;
    if (at + bytes > this.#bytes.length) return this.#broken();
    this.#at += bytes;
    return at;
  }

  #broken(): undefined {
    this.#at = this.#bytes.length + 1;
  }
}

function setUint64(view: DataView, at: number, value: number): void {
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new RangeError(`${value} is not a whole number from 0 to 2^53 - 1.`);
  }
  view.setUint32(at, Math.floor(value / UINT32));
  view.setUint32(at + 4, value % UINT32);
}

function setString(view: DataView, into: Uint8Array, at: number, bytes: Uint8Array): number {
  view.setUint16(at, bytes.length);
  into.set(bytes, at + LENGTH_BYTES);
  return at + LENGTH_BYTES + bytes.length;
}

function stringBytes(what: string, text: string): Uint8Array {
  const bytes = encoder.encode(text);
  if (bytes.length > LONGEST_STRING_BYTES) {
    throw new RangeError(`The ${what} has ${bytes.length} bytes, more than ${LONGEST_STRING_BYTES}.`);
  }
  return bytes;
}
