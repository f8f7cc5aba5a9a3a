import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Feed } from '../feed/feed.ts';
import type { Topic } from '../feed/topic.ts';
import type { OnError } from '../problem.ts';
import type { Bye, Position } from '../wire.ts';
import type { Conduct } from './conduct.ts';
import type { Pulse } from './pulse.ts';

/** What every transport is given. */
export interface TransportContext {
  readonly feed: Feed;
  readonly pulse: Pulse;
  readonly onError: OnError;
  /** Whether clients that offer compression get it. */
  readonly deflate: boolean;
  /** Throws `unauthorized` unless `token` may publish, and `too-fast` where too much comes from this address. */
  readonly authorizeMessage: (token: string | undefined, address: string | undefined) => void;
  /** Throws `forbidden-origin` where a page could read past its browser what is not for it; see server/access.ts. */
  readonly checkReader: (request: IncomingMessage, page?: string) => void;
}

/** Somebody asks for a topic's messages after `position`. */
export interface FeedRequest {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly topic: Topic;
  readonly position: Position;
  /** False where the subscriber has no cursor yet, and is to learn one even if there is nothing to read. */
  readonly resumes: boolean;
  readonly query: URLSearchParams;
  /** How it is to be answered, for the sake of what lies on the way. */
  readonly conduct: Conduct;
}

/** Somebody has connected to the transports' own port, and asked for a feed by its URL. */
export interface FeedConnection {
  readonly socket: Socket;
  /** What came behind the line with the URL. */
  readonly early: Buffer;
  readonly conduct: Conduct;
  /** Throws `bad-topic` or `bad-cursor`, for the transport to tell in its own way. */
  readonly open: () => Pick<FeedRequest, 'topic' | 'position' | 'query'>;
}

export interface FeedUpgrade {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
  readonly conduct: Conduct;
  /** Throws `bad-topic` or `bad-cursor`, for the transport to tell in its own way once upgraded. */
  readonly open: () => Pick<FeedRequest, 'topic' | 'position' | 'query'>;
}

/**
 * One way of carrying a feed. A file of this folder is one transport; its default export is its factory.
 *
 * - A transport MUST answer requests through `serve`, upgrades through `upgrade`, or connections to a port of their own
 *   through `accept`; never more than one of them.
 * - It MUST read the log through a cursor alone and MUST NOT keep messages for a subscriber.
 * - What it writes before `serve` or `upgrade` returns MUST be the head of the response and nothing else:
 *   the tap counts it as such.
 * - It MUST NOT count anything; the tap does that for all transports in the same way.
 * - It MUST let go of everything when the subscriber's socket closes.
 */
export interface Transport {
  /** May throw a LabError as long as nothing was written: it becomes the problem document. */
  readonly serve?: (exchange: FeedRequest) => void;
  /** The methods that `serve` answers; `GET` where it does not say. */
  readonly methods?: readonly string[];
  readonly upgrade?: (upgrade: FeedUpgrade) => void;
  readonly accept?: (connection: FeedConnection) => void;
  /** The server leaves: end what is held open, with a word of farewell (one for each, jittered). */
  readonly leave?: (farewell: () => Bye) => void;
}

export type TransportFactory = (context: TransportContext) => Transport;
