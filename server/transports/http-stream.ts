import type { ServerResponse } from 'node:http';
import type { Writable } from 'node:stream';
import type { Topic } from '../feed/topic.ts';
import { LabError } from '../problem.ts';
import type { Bye, Position } from '../wire.ts';
import { Stream, type StreamFormat, type StreamOptions, type StreamOutlet } from './stream.ts';
import type { FeedRequest, Transport, TransportContext } from './transport.ts';

/** How a response that does not end is written: a module constant. */
export interface HttpStreamFormat extends StreamFormat {
  readonly contentType: string;
  /** Written when nothing else was for a while. */
  readonly beat: Buffer;
  readonly bye: (bye: Bye) => Buffer | string;
}

/** What one request asks for beside that. May throw a LabError. */
export interface HttpStreamRequest {
  /** Further headers. */
  readonly headers?: Readonly<Record<string, string>>;
  /** What stands before everything else, for this subscriber alone. */
  readonly preamble?: Buffer | undefined;
}

/** A transport whose subscribers each hold one response that does not end. */
export function createHttpStream(
  context: TransportContext,
  format: HttpStreamFormat,
  read: (request: FeedRequest) => HttpStreamRequest = () => ({}),
): Transport {
  const open = new Set<ResponseStream>();
  return {
    serve(request) {
      const { response, topic, position, query, conduct } = request;
      const pulse = conduct.heartbeats ? context.pulse : undefined;
      const messages = readLimit(query.get('limit'));
      const { headers, preamble } = read(request);
      // One that has no end needs no mark for it: it ends with its connection (RFC 9112 §6.3). Without chunks around
      // its events each of them is shorter, and can go to the socket as it is.
      const endless = messages === undefined;
      if (endless) response.removeHeader('Transfer-Encoding');
      response.writeHead(200, {
        ...conduct.streamHeaders,
        'Content-Type': format.contentType,
        ...headers,
        ...(endless && { Connection: 'close' }),
      });
      response.flushHeaders();
      // A pipelined response has no socket yet: it holds what it is given until the one before it is over.
      const out = endless ? (response.socket ?? response) : response;
      const options = { pulse, messages, preamble };
      const stream = new ResponseStream(response, out, format, topic, position, options);
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
}

/** A response whose head is out. */
class ResponseStream implements StreamOutlet {
  readonly #response: ServerResponse;
  /** Where its events are written. */
  readonly #out: Writable;
  readonly #format: HttpStreamFormat;
  readonly #stream: Stream;

  constructor(
    response: ServerResponse,
    out: Writable,
    format: HttpStreamFormat,
    topic: Topic,
    position: Position,
    options: StreamOptions<Buffer>,
  ) {
    this.#response = response;
    this.#out = out;
    this.#format = format;
    this.#stream = new Stream(topic, position, format, this, options);
    out.on('drain', () => this.#stream.drained());
  }

  write(bytes: Buffer): boolean {
    return this.#out.write(bytes);
  }

  beat(full: boolean): void {
    // What a reader has not taken yet shows it more life than a beat behind it.
    if (!full) this.write(this.#format.beat);
  }

  limitReached(): void {
    this.#response.end();
  }

  stop(): void {
    this.#stream.stop();
  }

  leave(bye: Bye): void {
    this.stop();
    this.#response.end(this.#format.bye(bye));
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
