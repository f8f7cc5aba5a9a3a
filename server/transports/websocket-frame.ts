const FIN_TEXT = 0x81;

/**
 * A text frame as a server sends it: final, unmasked, uncompressed (RFC 6455 §5.2).
 * Throws nothing: any length up to 2^53 bytes has its form.
 */
export function textFrame(payload: Buffer): Buffer {
  const { length } = payload;
  let head: Buffer;
  if (length < 126) {
    head = Buffer.from([FIN_TEXT, length]);
  } else if (length < 65_536) {
    head = Buffer.from([FIN_TEXT, 126, 0, 0]);
    head.writeUInt16BE(length, 2);
  } else {
    head = Buffer.alloc(10);
    head[0] = FIN_TEXT;
    head[1] = 127;
    head.writeBigUInt64BE(BigInt(length), 2);
  }
  return Buffer.concat([head, payload]);
}
