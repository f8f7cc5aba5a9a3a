import type { IncomingMessage } from 'node:http';
import { Server as Engine } from 'engine.io';
import { Server, type Socket } from 'socket.io';
import { Decoder } from 'socket.io-parser';
import { bearerToken } from '../access.ts';
import type { EntryEncoding } from '../feed/entry.ts';
import type { Topic } from '../feed/topic.ts';
import { asLabError, LabError, refusalOf } from '../problem.ts';
import {
  type Bye,
  DIAGNOSE,
  formatCursor,
  type Gap,
  type Opening,
  type Position,
  type Refusal,
  type SocketIoUp,
} from '../wire.ts';
import type { Conduct } from './conduct.ts';
import { answerNothing } from './poll.ts';
import { publishFrameBytes } from './publish-frame.ts';
import { EmittedMessage, SharingEncoder } from './socketio-encoder.ts';
import { Stream, type StreamFormat, type StreamOutlet } from './stream.ts';
import type { FeedUpgrade, Transport, TransportContext } from './transport.ts';

/** What one `emit` sends, as in `SocketIoDown` (server/wire.ts). */
type SentEvent =
  | readonly ['open', Opening]
  | readonly ['message', EmittedMessage, string]
  | readonly ['gap', Gap];

const MESSAGE: EntryEncoding<SentEvent> = (entry) => ['message', new EmittedMessage(entry), entry.cursor];

const EVENTS: StreamFormat<readonly SentEvent[]> = {
  encoding: (entries) => entries.map((entry) => entry.as(MESSAGE)),
  open: (opening) => [['open', opening]],
  gap: (gap) => [['gap', gap]],
  join: (parts) => parts.flat(),
};

/** What the first request of a connection has asked for. */
type Asked = Pick<FeedUpgrade, 'conduct' | 'open'>;

/** What a connection is let in with. */
interface Admission {
  readonly topic: Topic;
  readonly position: Position;
  readonly conduct: Conduct;
  /** It publishes, and gets no messages. */
  readonly publishes: boolean;
  readonly token: string | undefined;
}

// Events are sent by their names as data; `SentEvent` says which.
type Emitted = Record<string, (...args: readonly unknown[]) => void>;
type FeedSocket = Socket<SocketIoUp, Emitted, Emitted, Admission>;

/**
 * Socket.IO over one of its carriers: sessions, packets and heartbeats are the library's. Its parts are bound to each
 * other, and to no HTTP server: requests come to it through the feeds' own endpoint, as to every transport.
 */
export function createSocketIo(context: TransportContext, carrier: 'websocket' | 'polling'): Transport {
  const { feed, pulse, deflate } = context;
  const engine = new Engine({
    transports: [carrier],
    allowUpgrades: false,
    pingInterval: pulse.silenceMs,
    pingTimeout: 2 * pulse.silenceMs,
    // Twice what is allowed: a message between the two is told why, one beyond is cut off by its length alone.
    maxHttpBufferSize: 2 * publishFrameBytes(feed.messageBytes),
    perMessageDeflate: deflate,
    // No answer over HTTP is compressed here, so that those of the polling lanes are alike.
    httpCompression: false,
  });
  const io = new Server<SocketIoUp, Emitted, Emitted, Admission>({
    parser: { Encoder: SharingEncoder, Decoder },
    serveClient: false,
  });
  io.bind(engine);
  // The library keeps a connection's first request for as long as the connection.
  const asked = new WeakMap<IncomingMessage, Asked>();
  const open = new Set<Connection>();
  io.use(async (socket, next) => {
    try {
      socket.data = await admit(socket, asked.get(socket.request));
      next();
    } catch (error) {
      const refusal = explain(error, context);
      next(Object.assign(new Error(refusal.detail), { data: refusal }));
    }
  });
  io.on('connection', (socket) => new Connection(socket, context, open).begin());
  const transport: Transport = {
    leave(farewell) {
      for (const connection of open) connection.leave(farewell());
      // Those that have not joined yet as well, and what waits for a poll that will be refused.
      engine.close();
    },
  };
  if (carrier === 'websocket') {
    return {
      ...transport,
      upgrade({ request, socket, head, conduct, open }) {
        asked.set(request, { conduct, open });
        engine.handleUpgrade(request, socket, head);
      },
    };
  }
  return {
    ...transport,
    methods: ['GET', 'POST'],
    serve(exchange) {
      const { request, response, query, conduct } = exchange;
      if (!query.has('EIO')) {
        checkPlain(request, query);
        answerNothing(response, conduct);
        return;
      }
      if (!query.has('sid')) asked.set(request, { conduct, open: () => exchange });
      // The library says so in any case; with one header set, Node keeps the others where the tap can read them.
      response.setHeader('Cache-Control', 'no-store');
      for (const [name, value] of Object.entries(conduct.headers)) response.setHeader(name, value);
      engine.handleRequest(request, response);
    },
  };
}

/** Somebody asks without Socket.IO: to learn whether anything speaks against it, or by mistake. */
function checkPlain({ method }: IncomingMessage, query: URLSearchParams): void {
  if (method !== 'GET') {
    throw new LabError('bad-method', 'Only a Socket.IO client sends messages here; others post them.');
  }
  if (!query.has(DIAGNOSE)) {
    throw new LabError('bad-value', 'This is for Socket.IO clients: EIO=4&transport=polling is missing.');
  }
}

async function admit({ handshake, request }: FeedSocket, asked: Asked | undefined): Promise<Admission> {
  if (!asked) throw new LabError('internal', 'The connection has no first request.');
  const { topic, position, query } = asked.open();
  const { after, mode, token } = handshake.auth;
  if (after !== undefined && typeof after !== 'string') {
    throw new LabError('bad-cursor', `auth.after is no cursor but a ${typeof after}.`);
  }
  await topic.settle(after);
  return {
    topic,
    position: after === undefined ? position : topic.locate(after),
    conduct: asked.conduct,
    publishes: (mode ?? query.get('mode')) === 'publish',
    token: typeof token === 'string' ? token : bearerToken(request),
  };
}

/** One client that has joined. */
class Connection implements StreamOutlet<readonly SentEvent[]> {
  readonly #socket: FeedSocket;
  readonly #context: TransportContext;
  readonly #open: Set<Connection>;
  #stream: Stream<readonly SentEvent[]> | undefined;
  /** The library has handed over all that it was given. */
  #flushed = true;

  /** Is in `open` until it closes. */
  constructor(socket: FeedSocket, context: TransportContext, open: Set<Connection>) {
    this.#socket = socket;
    this.#context = context;
    this.#open = open;
    open.add(this);
    socket.on('disconnect', () => {
      this.#stream?.stop();
      this.#open.delete(this);
    });
  }

  begin(): void {
    const { topic, position, conduct, publishes } = this.#socket.data;
    this.#socket.on('publish', (draft, answer) => this.#publish(draft, answer));
    if (publishes) {
      this.#socket.emit('open', { cursor: formatCursor(position) });
      return;
    }
    this.#socket.conn.on('drain', () => {
      this.#flushed = true;
      this.#stream?.drained();
    });
    // The library's own heartbeats come whatever the manners are; only who is told of them counts on them.
    const heartbeatMs = conduct.heartbeats ? this.#context.pulse.silenceMs : undefined;
    this.#stream = new Stream(topic, position, EVENTS, this, { heartbeatMs });
  }

  /**
   * While the carrier is busy (a socket that has not taken the last packets, a poll that has not come yet) the library
   * keeps what it is given: one page, and the next only when it was handed over.
   */
  write(events: readonly SentEvent[]): boolean {
    for (const [name, ...args] of events) {
      this.#flushed = false;
      this.#socket.emit(name, ...args);
    }
    return this.#flushed;
  }

  leave(bye: Bye): void {
    this.#stream?.stop();
    this.#socket.emit('bye', bye);
  }

  #publish(draft: unknown, answer: unknown): void {
    // One that wants no answer is none of this wire's.
    if (typeof answer !== 'function') return;
    const { feed, authorizeMessage } = this.#context;
    const { topic, token } = this.#socket.data;
    try {
      authorizeMessage(token, this.#socket.handshake.address);
      // Asked for anew by its name: a topic without messages may have made room for another.
      feed
        .publish(feed.topic(topic.name), draft)
        .then((receipt) => answer(receipt))
        .catch((error: unknown) => answer(explain(error, this.#context)));
    } catch (error) {
      answer(explain(error, this.#context));
    }
  }
}

function explain(error: unknown, { onError }: TransportContext): Refusal {
  const refused = asLabError(error);
  if (refused.code === 'internal') onError(error, { stage: 'Socket.IO' });
  return refusalOf(refused);
}
