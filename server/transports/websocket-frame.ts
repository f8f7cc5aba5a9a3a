import { constants, deflateRawSync } from 'node:zlib';

const FIN_TEXT = 0x81;
const FIN_BINARY = 0x82;
/** The payload is compressed (RFC 7692 §6). */
const RSV1 = 0x40;

/** What ends every message that is flushed like this, and is left out (RFC 7692 §7.2.1). */
const FLUSH_TAIL_BYTES = 4;

/**
 * A text frame as a server sends it: final, unmasked, uncompressed (RFC 6455 §5.2).
 * Throws nothing: any length up to 2^53 bytes has its form.
 */
export function textFrame(payload: Buffer): Buffer {
  return frame(FIN_TEXT, [payload]);
}

/** A binary frame, of what the parts are in a row. */
export function binaryFrame(...parts: readonly Uint8Array[]): Buffer {
  return frame(FIN_BINARY, parts);
}

/**
 * The same for permessage-deflate (RFC 7692) without context takeover and with a window of 32 KiB: it refers to no
 * message before it, so that it can be sent to all who have agreed to that. Uncompressed where that is shorter.
 */
export function deflatedTextFrame(payload: Buffer): Buffer {
  return deflatedFrame(FIN_TEXT, payload);
}

export function deflatedBinaryFrame(...parts: readonly Uint8Array[]): Buffer {
  return deflatedFrame(FIN_BINARY, Buffer.concat(parts));
}

function deflatedFrame(firstByte: number, payload: Buffer): Buffer {
  const deflated = deflateRawSync(payload, { finishFlush: constants.Z_SYNC_FLUSH });
  const compressed = deflated.subarray(0, deflated.length - FLUSH_TAIL_BYTES);
  return compressed.length < payload.length
    ? frame(firstByte | RSV1, [compressed])
    : frame(firstByte, [payload]);
}

function frame(firstByte: number, parts: readonly Uint8Array[]): Buffer {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  let head: Buffer;
  if (length < 126) {
    head = Buffer.from([firstByte, length]);
  } else if (length < 65_536) {
    head = Buffer.from([firstByte, 126, 0, 0]);
    head.writeUInt16BE(length, 2);
  } else {
    head = Buffer.alloc(10);
    head[0] = firstByte;
    head[1] = 127;
    head.writeBigUInt64BE(BigInt(length), 2);
  }
  return Buffer.concat([head, ...parts]);
}
