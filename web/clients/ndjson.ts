import type { TransportClient } from './client.ts';
import { createFrameReader } from './frames.ts';
import { readHttpStream } from './http-stream.ts';
import { LineSplitter } from './lines.ts';

/** One response that does not end, read by `fetch` line by line. */
export const connect: TransportClient['connect'] = (session) => {
  const frames = createFrameReader(session);
  const lines = new LineSplitter();
  return readHttpStream(session, { read: (text) => lines.split(text).every((line) => frames.read(line)) });
};
