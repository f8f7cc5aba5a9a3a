import type { Socket } from 'node:net';
import { eachAs } from '../feed/entry.ts';
import type { ControlFrame, ErrorFrame } from '../wire.ts';
import { joinBytes, type StreamFormat } from './stream.ts';

const LINE_END = Buffer.from('\n');

/** A control frame as a line of its own: what WebSocket carries in frames, newline-delimited. */
export function controlLine(frame: ControlFrame): Buffer {
  return Buffer.from(`${JSON.stringify(frame)}\n`);
}

/** The last line of a connection. What its peer still sends is read: unread, it would reset the connection and lose this line. */
export function endWithError(socket: Socket, error: ErrorFrame): void {
  socket.removeAllListeners('data').resume();
  socket.once('finish', () => socket.destroy());
  socket.end(controlLine(error));
}

/** Envelopes and control frames, one to a line: JSON has no line end in it. */
export const LINES: StreamFormat = {
  encoding: eachAs((entry) => Buffer.concat([entry.envelope, LINE_END])),
  open: (opening) => controlLine({ control: 'open', ...opening }),
  gap: (gap) => controlLine({ control: 'gap', ...gap }),
  join: joinBytes,
};
