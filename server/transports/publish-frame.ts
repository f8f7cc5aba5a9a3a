import { tooLarge } from '../feed/feed.ts';
import { LabError } from '../problem.ts';
import { readBinaryPublish } from '../wire.ts';

/** Room for what stands around a message's data in a publish frame. */
const OVERHEAD_BYTES = 1024;

/** What a client sends over WebSocket: `{"publish":{…},"id":7}`. */
export interface PublishFrame {
  /** What the acknowledgement will name; undefined where it is no whole number. */
  readonly id: number | undefined;
  readonly token: string | undefined;
  /** Of unknown shape: the feed checks it. */
  readonly publish: unknown;
}

/** The longest frame, or body of a POST, that holds a message of `messageBytes`: base64 needs 4 for 3. */
export function publishFrameBytes(messageBytes: number): number {
  return Math.ceil(messageBytes / 3) * 4 + OVERHEAD_BYTES;
}

/** Throws `too-large` or `bad-message`. */
export function parsePublishFrame(bytes: Buffer, messageBytes: number): PublishFrame {
  if (bytes.length > publishFrameBytes(messageBytes)) throw tooLarge(messageBytes);
  let frame: unknown;
  try {
    frame = JSON.parse(bytes.toString());
  } catch (cause) {
    throw new LabError('bad-message', 'The frame is not JSON.', { cause });
  }
  if (typeof frame !== 'object' || frame === null || Array.isArray(frame) || !('publish' in frame)) {
    throw new LabError('bad-message', 'A frame is {"publish":{"type":"…","data":…},"id":7}.');
  }
  const { id, token, publish } = frame as { id?: unknown; token?: unknown; publish: unknown }; // checked here
  return {
    id: typeof id === 'number' && Number.isSafeInteger(id) ? id : undefined,
    token: typeof token === 'string' ? token : undefined,
    publish,
  };
}

/** The same in a binary frame (server/wire/binary-frame.ts). Throws `too-large` or `bad-message`. */
export function parseBinaryPublishFrame(bytes: Buffer, messageBytes: number): PublishFrame {
  if (bytes.length > publishFrameBytes(messageBytes)) throw tooLarge(messageBytes);
  const frame = readBinaryPublish(bytes);
  if (!frame) throw new LabError('bad-message', 'The frame is not laid out as a binary publish frame is.');
  const { id, token, ...publish } = frame;
  return { id, token, publish };
}
