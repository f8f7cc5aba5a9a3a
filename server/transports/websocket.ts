import type { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { bearerToken } from '../access.ts';
import { type Entry, type EntryEncoding, eachAs } from '../feed/entry.ts';
import { LabError } from '../problem.ts';
import {
  BINARY_PROTOCOL,
  type Bye,
  binaryMessageHead,
  type ControlFrame,
  formatCursor,
  type ProblemCode,
} from '../wire.ts';
import { errorFrame, type FramePeer, publishFrame } from './frame-publishing.ts';
import { parseBinaryPublishFrame, parsePublishFrame, publishFrameBytes } from './publish-frame.ts';
import { joinBytes, Stream, type StreamFormat, type StreamOutlet } from './stream.ts';
import type { FeedUpgrade, TransportContext, TransportFactory } from './transport.ts';
import { binaryFrame, deflatedBinaryFrame, deflatedTextFrame, textFrame } from './websocket-frame.ts';

const TEXT: EntryEncoding = (entry) => textFrame(entry.envelope);
const DEFLATED_TEXT: EntryEncoding = (entry) => deflatedTextFrame(entry.envelope);

/** Messages that are bytes as such, for those who have agreed to it; all others as they are for everybody. */
const BINARY: EntryEncoding = (entry) => bytesAs(binaryFrame, entry) ?? entry.as(TEXT);
const DEFLATED_BINARY: EntryEncoding = (entry) =>
  bytesAs(deflatedBinaryFrame, entry) ?? entry.as(DEFLATED_TEXT);

function bytesAs(frame: (...parts: readonly Uint8Array[]) => Buffer, entry: Entry): Buffer | undefined {
  return entry.bytes && frame(binaryMessageHead(entry), entry.bytes);
}

const FORMATS = {
  plain: { text: formatOf(TEXT), binary: formatOf(BINARY) },
  deflated: { text: formatOf(DEFLATED_TEXT), binary: formatOf(DEFLATED_BINARY) },
};

function formatOf(encoding: EntryEncoding): StreamFormat {
  return {
    encoding: eachAs(encoding),
    open: (opening) => controlFrame({ control: 'open', ...opening }),
    gap: (gap) => controlFrame({ control: 'gap', ...gap }),
    join: joinBytes,
  };
}

/** Beside the ping, which the peer answers by itself: a page's code gets to see no pings. */
const BEAT = controlFrame({ control: 'beat' });

/** Close codes (RFC 6455 §7.4.1) for what ends a connection; 1008 for all others. */
const CLOSE_CODES: Partial<Record<ProblemCode, number>> = {
  'bad-message': 1007,
  'too-large': 1009,
  'too-many': 1013,
  internal: 1011,
};

/** For a binary frame from one who has agreed to none. */
const UNSUPPORTED_DATA = 1003;

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
    handleProtocols: (protocols) => protocols.has(BINARY_PROTOCOL) && BINARY_PROTOCOL,
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

  get address(): string | undefined {
    return this.#socket instanceof Socket ? this.#socket.remoteAddress : undefined;
  }

  begin({ request, conduct, open }: FeedUpgrade): void {
    try {
      const { topic, position, query } = open();
      this.topicName = topic.name;
      this.token = bearerToken(request);
      this.#ws.on('message', (bytes: Buffer, isBinary) => this.#receive(bytes, isBinary));
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

  #receive(bytes: Buffer, isBinary: boolean): void {
    if (this.#ws.readyState !== this.#ws.OPEN) return; // refused by the frame before
    if (isBinary && this.#ws.protocol !== BINARY_PROTOCOL) {
      const problem = new LabError(
        'bad-message',
        `Binary frames are for the subprotocol ${BINARY_PROTOCOL}.`,
      );
      this.refuse(problem, UNSUPPORTED_DATA);
      return;
    }
    const parse = isBinary ? parseBinaryPublishFrame : parsePublishFrame;
    publishFrame(this, this.#context, () => parse(bytes, this.#context.feed.messageBytes));
  }

  /** A publisher that does not read what it is answered is not read from either: its acks would pile up. */
  acknowledge(ack: ControlFrame): void {
    this.send(ack);
    if (!this.#socket.writableNeedDrain || this.#ws.isPaused) return;
    this.#ws.pause();
    this.#socket.once('drain', () => this.#ws.resume());
  }

  refuse(error: unknown, closeCode?: number): void {
    const refusal = errorFrame(error, this.#context.onError);
    this.send(refusal);
    this.#ws.close(closeCode ?? CLOSE_CODES[refusal.code] ?? 1008, refusal.code);
  }

  send(frame: ControlFrame): void {
    if (this.#ws.readyState === this.#ws.OPEN) this.#ws.send(JSON.stringify(frame));
  }
}

/**
 * Compressed frames are for those who have agreed to compression, and to the whole window they need; binary ones for
 * those who have agreed to the subprotocol.
 */
function formatFor(request: IncomingMessage, { extensions, protocol }: WebSocket): StreamFormat {
  const narrow = request.headers['sec-websocket-extensions']?.includes('server_max_window_bits');
  const formats = extensions === '' || narrow ? FORMATS.plain : FORMATS.deflated;
  return protocol === BINARY_PROTOCOL ? formats.binary : formats.text;
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
