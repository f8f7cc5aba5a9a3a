import { eachAs } from '../feed/entry.ts';
import type { ControlFrame } from '../wire.ts';
import { createHttpStream, type HttpStreamFormat } from './http-stream.ts';
import { joinBytes } from './stream.ts';
import type { TransportFactory } from './transport.ts';

/** No JSON has a line end in it: no message can be taken for a delimiter (RFC 2046 §5.1.1). */
const BOUNDARY = 'feed';
const DELIMITER = Buffer.from(`\r\n--${BOUNDARY}\r\n`);
const CLOSE_DELIMITER = Buffer.from(`\r\n--${BOUNDARY}--\r\n`);

/**
 * A part, its length in bytes. The delimiter behind it goes out with it: a reader knows only from that that the part
 * is complete, and would otherwise have each message with the next.
 */
function part(json: Buffer, delimiter: Buffer = DELIMITER): Buffer {
  const head = Buffer.from(`Content-Type: application/json\r\nContent-Length: ${json.length}\r\n\r\n`);
  return Buffer.concat([head, json, delimiter]);
}

const controlPart = (frame: ControlFrame, delimiter?: Buffer): Buffer =>
  part(Buffer.from(JSON.stringify(frame)), delimiter);

const MULTIPART: HttpStreamFormat = {
  contentType: `multipart/x-mixed-replace; boundary=${BOUNDARY}`,
  encoding: eachAs((entry) => part(entry.envelope)),
  /** Always the first: the delimiter that begins the body stands before it. */
  open: (opening) => Buffer.concat([DELIMITER.subarray(2), controlPart({ control: 'open', ...opening })]),
  gap: (gap) => controlPart({ control: 'gap', ...gap }),
  join: joinBytes,
  beat: controlPart({ control: 'beat' }),
  bye: (bye) => controlPart({ control: 'bye', ...bye }, CLOSE_DELIMITER),
};

/** Multipart: one response that does not end, each message a part that takes the place of the one before it. */
const multipart: TransportFactory = (context) => createHttpStream(context, MULTIPART);

export default multipart;
