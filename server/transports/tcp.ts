import type { Socket } from 'node:net';
import { tooLarge } from '../feed/feed.ts';
import { type Bye, type ControlFrame, formatCursor } from '../wire.ts';
import { errorFrame, type FramePeer, publishFrame } from './frame-publishing.ts';
import { controlLine, endWithError, LINES } from './line-frames.ts';
import { LineReader } from './line-reader.ts';
import { parsePublishFrame, publishFrameBytes } from './publish-frame.ts';
import { Stream, type StreamOutlet } from './stream.ts';
import type { FeedConnection, TransportContext, TransportFactory } from './transport.ts';

const BEAT = controlLine({ control: 'beat' });

/**
 * Raw TCP: what WebSocket carries in frames, a line each, with neither handshake nor framing around it. No browser can
 * speak it; it is the floor that all others stand on.
 */
const tcp: TransportFactory = (context) => {
  const open = new Set<Connection>();
  return {
    accept(connection) {
      new Connection(connection.socket, context, open).begin(connection);
    },
    leave(farewell) {
      for (const connection of open) connection.leave(farewell());
    },
  };
};

class Connection implements StreamOutlet, FramePeer {
  readonly token = undefined;
  topicName = '';
  readonly #socket: Socket;
  readonly #context: TransportContext;
  readonly #open: Set<Connection>;
  readonly #lines: LineReader;
  #stream: Stream | undefined;

  /** Is in `open` until it closes. */
  constructor(socket: Socket, context: TransportContext, open: Set<Connection>) {
    this.#socket = socket;
    this.#context = context;
    this.#open = open;
    this.#lines = new LineReader(publishFrameBytes(context.feed.messageBytes));
    open.add(this);
    socket.on('close', () => this.#closed());
  }

  get address(): string | undefined {
    return this.#socket.remoteAddress;
  }

  begin({ early, conduct, open }: FeedConnection): void {
    const { topic, position, query } = open();
    this.topicName = topic.name;
    this.#socket.on('data', (bytes: Buffer) => this.#receive(bytes));
    if (query.get('mode') === 'publish') {
      this.send({ control: 'open', cursor: formatCursor(position) });
    } else {
      const pulse = conduct.heartbeats ? this.#context.pulse : undefined;
      this.#stream = new Stream(topic, position, LINES, this, { pulse });
      this.#socket.on('drain', () => this.#stream?.drained());
    }
    // What came with the first line is answered after `open`, which goes out at the end of this turn.
    if (early.length > 0) setImmediate(() => this.#receive(early));
  }

  write(lines: Buffer): boolean {
    return this.#socket.write(lines);
  }

  beat(full: boolean): void {
    // What a reader has not taken yet shows it more life than a beat behind it.
    if (!full) this.write(BEAT);
  }

  leave(bye: Bye): void {
    this.#stream?.stop();
    this.#socket.end(controlLine({ control: 'bye', ...bye }));
  }

  send(frame: ControlFrame): void {
    if (this.#socket.writable) this.#socket.write(controlLine(frame));
  }

  /** A publisher that does not read what it is answered is not read from either: its acks would pile up. */
  acknowledge(ack: ControlFrame): void {
    this.send(ack);
    if (!this.#socket.writableNeedDrain || this.#socket.isPaused()) return;
    this.#socket.pause();
    this.#socket.once('drain', () => this.#socket.resume());
  }

  refuse(error: unknown): void {
    this.#stream?.stop();
    endWithError(this.#socket, errorFrame(error, this.#context.onError));
  }

  #closed(): void {
    this.#stream?.stop();
    this.#open.delete(this);
  }

  #receive(bytes: Buffer): void {
    const { feed } = this.#context;
    const lines = this.#lines.read(bytes);
    if (!lines) {
      this.refuse(tooLarge(feed.messageBytes));
      return;
    }
    for (const line of lines) {
      if (!this.#socket.writable) return; // refused by the line before
      publishFrame(this, this.#context, () => parsePublishFrame(line, feed.messageBytes));
    }
  }
}

export default tcp;
