import { eachAs } from '../feed/entry.ts';
import { createHttpStream, type HttpStreamFormat } from './http-stream.ts';
import { formatSseEvent, type SseEvent } from './sse-event.ts';
import { joinBytes } from './stream.ts';
import type { TransportFactory } from './transport.ts';

/** What the browser's own EventSource waits before it reconnects by itself. */
const RETRY_MS = 1000;

const event = (fields: SseEvent): Buffer => Buffer.from(formatSseEvent(fields));

const SSE: HttpStreamFormat = {
  contentType: 'text/event-stream',
  encoding: eachAs((entry) => event({ id: entry.cursor, data: entry.envelope.toString() })),
  open: (opening) =>
    event({ retry: RETRY_MS, event: 'open', id: opening.cursor, data: JSON.stringify(opening) }),
  gap: (gap) => event({ event: 'gap', id: gap.cursor, data: JSON.stringify(gap) }),
  join: joinBytes,
  /** No comment: those reach no code of a page, which is to notice where they stay away. */
  beat: event({ event: 'beat', data: '{}' }),
  bye: (bye) => event({ event: 'bye', data: JSON.stringify(bye) }),
};

/** Server-sent events: one response that does not end. */
const sse: TransportFactory = (context) => createHttpStream(context, SSE);

export default sse;
