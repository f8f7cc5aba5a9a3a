import type { TransportClient } from './client.ts';
import { createFrameReader } from './frames.ts';
import { readHttpStream } from './http-stream.ts';
import { PartSplitter } from './multipart-parts.ts';

/** One response that does not end, read by `fetch` part by part: what XMLHttpRequest once did by itself. */
export const connect: TransportClient['connect'] = (session) => {
  const frames = createFrameReader(session);
  const parts = new PartSplitter();
  return readHttpStream(session, {
    read: (text) => parts.split(text)?.every((json) => frames.read(json)) ?? false,
  });
};
