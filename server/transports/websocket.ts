import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { bearerToken } from '../access.ts';
import { eachAs } from '../feed/entry.ts';
import { type Bye, type ControlFrame, formatCursor, type ProblemCode } from '../wire.ts';
import { errorFrame, type FramePeer, publishFrame } from './frame-publishing.ts';
import { parsePublishFrame, publishFrameBytes } from './publish-frame.ts';
import { joinBytes, Stream, type StreamFormat, type StreamOutlet } from './stream.ts';
import type { FeedUpgrade, TransportContext, TransportFactory } from './transport.ts';
import { deflatedTextFrame, textFrame } from './websocket-frame.ts';

const PLAIN: StreamFormat = {
  encoding: eachAs((entry) => textFrame(entry.envelope)),
  open: (opening) => controlFrame({ control: 'open', ...opening }),
  gap: (gap) => controlFrame({ control: 'gap', ...gap }),
  join: joinBytes,
};
const DEFLATED: StreamFormat = { ...PLAIN, encoding: eachAs((entry) => deflatedTextFrame(entry.envelope)) };

/** Beside the ping, which the peer answers by itself: a page's code gets to see no pings. */
const BEAT = controlFrame({ control: 'beat' });

/** Close codes (RFC 6455 §7.4.1) for what ends a connection; 1008 for all others. */
const CLOSE_CODES: Partial<Record<ProblemCode, number>> = {
  'bad-message': 1007,
  'too-large': 1009,
  'too-many': 1013,
  internal: 1011,
};

/** WebSocket: one socket, messages in both directions. */
const websocket: TransportFactory = (context) => {
  const server = new WebSocketServer({
    noServer: true,
    perMessageDeflate: context.deflate && {
      // Each message by itself, so that one is compressed once for all; and no inflater is held for a client.
      serverNoContextTakeover: true,
      clientNoContextTakeover: true,
      // What ws sends by itself are words of control: they are short, and must not wait for a compressor.
      threshold: Number.POSITIVE_INFINITY,
    },
    clientTracking: false,
    // Twice what is allowed: a frame between the two is told why, one beyond is cut off by its length alone.
    maxPayload: 2 * publishFrameBytes(context.feed.messageBytes),
  });
  const open = new Set<Connection>();

  return {
    upgrade(upgrade) {
      const { request, socket, head } = upgrade;
      server.handleUpgrade(request, socket, head, (ws) =>
        new Connection(ws, socket, context, open).begin(upgrade),
      );
    },
    leave(farewell) {
      for (const connection of open) connection.leave(farewell());
    },
  };
};

/**
 * One client. Frames of the feed are ready made and shared, and written to the socket as they are; ws does all the
 * rest, and writes whole frames in one go as well, so that the two never mix.
 *
 * Ten thousand of them are held at once: it keeps nothing of the request, and its listeners keep nothing but it.
 */
class Connection implements StreamOutlet, FramePeer {
  readonly #ws: WebSocket;
  readonly #socket: Duplex;
  readonly #context: TransportContext;
  readonly #open: Set<Connection>;
  topicName = '';
  token: string | undefined;
  #stream: Stream | undefined;
  /** The last ping was answered. */
  #alive = true;

  /** Is in `open` until it closes. */
  constructor(ws: WebSocket, socket: Duplex, context: TransportContext, open: Set<Connection>) {
    this.#ws = ws;
    this.#socket = socket;
    this.#context = context;
    this.#open = open;
    open.add(this);
    ws.on('error', ignore); // the peer broke the protocol: ws has closed with the fitting code
    ws.on('close', () => this.#closed());
  }

  begin({ request, conduct, open }: FeedUpgrade): void {
    try {
      const { topic, position, query } = open();
      this.topicName = topic.name;
      this.token = bearerToken(request);
      this.#ws.on('message', (bytes: Buffer) => this.#receive(bytes));
      // A publisher that does not want its own messages back asks for `?mode=publish`.
      if (query.get('mode') === 'publish') {
        const cursor = formatCursor(position);
        afterHead(() => this.send({ control: 'open', cursor }));
        return;
      }
      const pulse = conduct.heartbeats ? this.#context.pulse : undefined;
      this.#stream = new Stream(topic, position, formatFor(request, this.#ws), this, { pulse });
      this.#socket.on('drain', () => this.#stream?.drained());
      this.#ws.on('pong', () => {
        this.#alive = true;
      });
    } catch (error) {
      afterHead(() => this.refuse(error));
    }
  }

  write(frames: Buffer): boolean {
    return this.#ws.readyState !== this.#ws.OPEN || this.#socket.write(frames);
  }

  beat(): void {
    if (!this.#alive) {
      this.#ws.terminate();
      return;
    }
    this.#alive = false;
    this.#ws.ping();
    this.write(BEAT);
  }

  leave(bye: Bye): void {
    this.#stream?.stop();
    this.send({ control: 'bye', ...bye });
    this.#ws.close(1001, bye.reason);
  }

  #closed(): void {
    this.#stream?.stop();
    this.#open.delete(this);
  }

  #receive(bytes: Buffer): void {
    publishFrame(this, this.#context, () => parsePublishFrame(bytes, this.#context.feed.messageBytes));
  }

  /** A publisher that does not read what it is answered is not read from either: its acks would pile up. */
  acknowledge(ack: ControlFrame): void {
    this.send(ack);
    if (!this.#socket.writableNeedDrain || this.#ws.isPaused) return;
    this.#ws.pause();
    this.#socket.once('drain', () => this.#ws.resume());
  }

  refuse(error: unknown): void {
    const refusal = errorFrame(error, this.#context.onError);
    this.send(refusal);
    this.#ws.close(CLOSE_CODES[refusal.code] ?? 1008, refusal.code);
  }

  send(frame: ControlFrame): void {
    if (this.#ws.readyState === this.#ws.OPEN) this.#ws.send(JSON.stringify(frame));
  }
}

/** Compressed frames are for those who have agreed to compression, and to the whole window they need. */
function formatFor(request: IncomingMessage, ws: WebSocket): StreamFormat {
  const narrow = request.headers['sec-websocket-extensions']?.includes('server_max_window_bits');
  return ws.extensions === '' || narrow ? PLAIN : DEFLATED;
}

/** What is written before `upgrade` returns counts as the head of the answer. */
function afterHead(write: () => void): void {
  queueMicrotask(write);
}

function controlFrame(frame: ControlFrame): Buffer {
  return textFrame(Buffer.from(JSON.stringify(frame)));
}

function ignore(): void {}

export default websocket;
