import type { ServerResponse } from 'node:http';
import type { Writable } from 'node:stream';
import { eachAs } from '../feed/entry.ts';
import type { Topic } from '../feed/topic.ts';
import { LabError } from '../problem.ts';
import type { Bye, Position } from '../wire.ts';
import { formatSseEvent } from './sse-event.ts';
import { Stream, type StreamFormat, type StreamOptions, type StreamOutlet } from './stream.ts';
import type { TransportFactory } from './transport.ts';

/** What the browser's own EventSource waits before it reconnects by itself. */
const RETRY_MS = 1000;

const SSE: StreamFormat = {
  encoding: eachAs((entry) =>
    Buffer.from(formatSseEvent({ id: entry.cursor, data: entry.envelope.toString() })),
  ),
  open: (opening) =>
    Buffer.from(
      formatSseEvent({ retry: RETRY_MS, event: 'open', id: opening.cursor, data: JSON.stringify(opening) }),
    ),
  gap: (gap) => Buffer.from(formatSseEvent({ event: 'gap', id: gap.cursor, data: JSON.stringify(gap) })),
};

/** No comment: those reach no code of a page, which is to notice where they stay away. */
const BEAT = Buffer.from(formatSseEvent({ event: 'beat', data: '{}' }));

/** Server-sent events: one response that does not end. */
const sse: TransportFactory = (context) => {
  const open = new Set<EventStream>();
  return {
    serve({ response, topic, position, query, conduct }) {
      const pulse = conduct.heartbeats ? context.pulse : undefined;
      const messages = readLimit(query.get('limit'));
      // One that has no end needs no mark for it: it ends with its connection (RFC 9112 §6.3). Without chunks around
      // its events each of them is shorter, and can go to the socket as it is.
      const endless = messages === undefined;
      if (endless) response.removeHeader('Transfer-Encoding');
      response.writeHead(200, {
        ...conduct.streamHeaders,
        'Content-Type': 'text/event-stream',
        ...(endless && { Connection: 'close' }),
      });
      response.flushHeaders();
      // A pipelined response has no socket yet: it holds what it is given until the one before it is over.
      const out = endless ? (response.socket ?? response) : response;
      const stream = new EventStream(response, out, topic, position, { pulse, messages });
      open.add(stream);
      response.on('close', () => {
        stream.stop();
        open.delete(stream);
      });
    },
    leave(farewell) {
      for (const stream of open) stream.leave(farewell());
    },
  };
};

/** A response whose head is out. */
class EventStream implements StreamOutlet {
  readonly #response: ServerResponse;
  /** Where its events are written. */
  readonly #out: Writable;
  readonly #stream: Stream;

  constructor(
    response: ServerResponse,
    out: Writable,
    topic: Topic,
    position: Position,
    options: StreamOptions,
  ) {
    this.#response = response;
    this.#out = out;
    this.#stream = new Stream(topic, position, SSE, this, options);
    out.on('drain', () => this.#stream.drained());
  }

  write(bytes: Buffer): boolean {
    return this.#out.write(bytes);
  }

  beat(full: boolean): void {
    // What a reader has not taken yet shows it more life than a beat behind it.
    if (!full) this.write(BEAT);
  }

  limitReached(): void {
    this.#response.end();
  }

  stop(): void {
    this.#stream.stop();
  }

  leave(bye: Bye): void {
    this.stop();
    this.#response.end(formatSseEvent({ event: 'bye', data: JSON.stringify(bye) }));
  }
}

/** Undefined where there is no limit. */
function readLimit(text: string | null): number | undefined {
  if (text === null) return undefined;
  const messages = Number(text);
  if (!Number.isSafeInteger(messages) || messages < 1) {
    throw new LabError('bad-value', `limit=${text} is not a whole number of messages from 1.`);
  }
  return messages;
}

export default sse;
