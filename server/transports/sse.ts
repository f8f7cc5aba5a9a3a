import { eachAs } from '../feed/entry.ts';
import { LabError } from '../problem.ts';
import type { Bye } from '../wire.ts';
import { formatSseEvent } from './sse-event.ts';
import { type StreamOptions, startStream } from './stream.ts';
import type { TransportFactory } from './transport.ts';

/** What the browser's own EventSource waits before it reconnects by itself. */
const RETRY_MS = 1000;

const SSE_EVENTS = eachAs((entry) =>
  Buffer.from(formatSseEvent({ id: entry.cursor, data: entry.envelope.toString() })),
);

/** No comment: those reach no code of a page, which is to notice where they stay away. */
const BEAT = Buffer.from(formatSseEvent({ event: 'beat', data: '{}' }));

/** Server-sent events: one response that does not end. */
const sse: TransportFactory = ({ pulse }) => {
  const open = new Set<(bye: Bye) => void>();
  return {
    serve({ response, topic, position, query, conduct }) {
      const options: StreamOptions = {
        ...readLimit(query.get('limit')),
        onLimit: () => response.end(),
      };
      response.writeHead(200, {
        ...conduct.streamHeaders,
        'Content-Type': 'text/event-stream',
      });
      response.flushHeaders();
      const stream = startStream(
        topic,
        position,
        {
          encoding: SSE_EVENTS,
          open: (opening) =>
            Buffer.from(
              formatSseEvent({
                retry: RETRY_MS,
                event: 'open',
                id: opening.cursor,
                data: JSON.stringify(opening),
              }),
            ),
          gap: (gap) =>
            Buffer.from(formatSseEvent({ event: 'gap', id: gap.cursor, data: JSON.stringify(gap) })),
          write: (bytes) => response.write(bytes),
          // What a reader has not taken yet shows it more life than a beat behind it.
          beat: (full) => full || response.write(BEAT),
        },
        conduct.heartbeats ? pulse : undefined,
        options,
      );
      const leave = (bye: Bye): void => {
        stream.stop();
        response.end(formatSseEvent({ event: 'bye', data: JSON.stringify(bye) }));
      };
      open.add(leave);
      response.on('drain', stream.drained);
      response.on('close', () => {
        stream.stop();
        open.delete(leave);
      });
    },
    leave(farewell) {
      for (const leave of open) leave(farewell());
    },
  };
};

function readLimit(text: string | null): { messages?: number } {
  if (text === null) return {};
  const messages = Number(text);
  if (!Number.isSafeInteger(messages) || messages < 1) {
    throw new LabError('bad-value', `limit=${text} is not a whole number of messages from 1.`);
  }
  return { messages };
}

export default sse;
