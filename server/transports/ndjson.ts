import { createHttpStream, type HttpStreamFormat } from './http-stream.ts';
import { controlLine, LINES } from './line-frames.ts';
import type { TransportFactory } from './transport.ts';

const NDJSON: HttpStreamFormat = {
  ...LINES,
  contentType: 'application/x-ndjson',
  beat: controlLine({ control: 'beat' }),
  bye: (bye) => controlLine({ control: 'bye', ...bye }),
};

/** NDJSON: one response that does not end, a line for each message, read by `fetch` as it comes. */
const ndjson: TransportFactory = (context) => createHttpStream(context, NDJSON);

export default ndjson;
