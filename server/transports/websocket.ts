import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { bearerToken } from '../access.ts';
import { eachAs } from '../feed/entry.ts';
import { tooLarge } from '../feed/feed.ts';
import type { Topic } from '../feed/topic.ts';
import { asLabError, LabError } from '../problem.ts';
import { type Bye, type ControlFrame, formatCursor, type Position, type ProblemCode } from '../wire.ts';
import type { Pulse } from './pulse.ts';
import { type Stream, startStream } from './stream.ts';
import type { TransportFactory } from './transport.ts';
import { textFrame } from './websocket-frame.ts';

const TEXT_FRAMES = eachAs((entry) => textFrame(entry.envelope));

/** Beside the ping, which the peer answers by itself: a page's code gets to see no pings. */
const BEAT = controlFrame({ control: 'beat' });

/** Room for what stands around a message's data in a publish frame. */
const PUBLISH_OVERHEAD_BYTES = 1024;

/** Close codes (RFC 6455 §7.4.1) for what ends a connection; 1008 for all others. */
const CLOSE_CODES: Partial<Record<ProblemCode, number>> = {
  'bad-message': 1007,
  'too-large': 1009,
  'too-many': 1013,
  internal: 1011,
};

/** WebSocket: one socket, messages in both directions. */
const websocket: TransportFactory = ({ feed, pulse, onError, authorize }) => {
  const frameBytes = feed.messageBytes + PUBLISH_OVERHEAD_BYTES;
  const server = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    clientTracking: false,
    // Twice what is allowed: a frame between the two is told why, one beyond is cut off by its length alone.
    maxPayload: 2 * frameBytes,
  });
  const open = new Set<(bye: Bye) => void>();

  return {
    upgrade({ request, socket, head, conduct, open: openFeed }) {
      server.handleUpgrade(request, socket, head, (ws) => {
        ws.on('error', () => undefined); // the peer broke the protocol: ws has closed with the fitting code
        try {
          const { topic, position, query } = openFeed();
          const token = bearerToken(request);
          ws.on('message', (bytes: Buffer) => receive(ws, socket, topic, bytes, token));

          // A publisher that does not want its own messages back asks for `?mode=publish`.
          const beating = conduct.heartbeats ? pulse : undefined;
          const stream =
            query.get('mode') === 'publish' ? undefined : push(ws, socket, topic, position, beating);
          if (!stream) afterHead(() => send(ws, { control: 'open', cursor: formatCursor(position) }));
          const leave = (bye: Bye): void => {
            stream?.stop();
            send(ws, { control: 'bye', ...bye });
            ws.close(1001, bye.reason);
          };
          open.add(leave);
          ws.on('close', () => {
            stream?.stop();
            open.delete(leave);
          });
        } catch (error) {
          afterHead(() => refuse(ws, error));
        }
      });
    },
    leave(farewell) {
      for (const leave of open) leave(farewell());
    },
  };

  /**
   * The frames are ready made and shared, and written to the socket as they are. With no extension negotiated
   * ws itself writes whole frames in one go, so the two never mix.
   */
  function push(
    ws: WebSocket,
    socket: Duplex,
    topic: Topic,
    position: Position,
    beating: Pulse | undefined,
  ): Stream {
    let alive = true;
    ws.on('pong', () => {
      alive = true;
    });
    const stream = startStream(
      topic,
      position,
      {
        encoding: TEXT_FRAMES,
        open: (opening) => controlFrame({ control: 'open', ...opening }),
        gap: (gap) => controlFrame({ control: 'gap', ...gap }),
        write: (frames) => ws.readyState !== ws.OPEN || socket.write(frames),
        beat: () => {
          if (!alive) return ws.terminate();
          alive = false;
          ws.ping();
          if (ws.readyState === ws.OPEN) socket.write(BEAT);
        },
      },
      beating,
    );
    socket.on('drain', stream.drained);
    return stream;
  }

  /** A frame from the client. One that can be answered by its id is, and the connection goes on. */
  function receive(
    ws: WebSocket,
    socket: Duplex,
    topic: Topic,
    bytes: Buffer,
    upgradeToken: string | undefined,
  ): void {
    let id: number | undefined;
    const fail = (error: unknown): void => {
      if (id === undefined) refuse(ws, error);
      else send(ws, errorFrame(asLabErrorLogged(error), id));
    };
    try {
      const frame = parseFrame(bytes, frameBytes, feed.messageBytes);
      if (typeof frame.id === 'number' && Number.isSafeInteger(frame.id)) id = frame.id;
      if (id === undefined)
        throw new LabError('bad-message', 'A publish frame needs an "id", a whole number.');
      const ackId = id;
      authorize(typeof frame.token === 'string' ? frame.token : upgradeToken);
      // Asked for anew by its name: a topic without messages may have made room for another.
      feed
        .publish(feed.topic(topic.name), frame.publish)
        .then((receipt) => acknowledge(ws, socket, { control: 'ack', id: ackId, ...receipt }))
        .catch(fail);
    } catch (error) {
      fail(error);
    }
  }

  /** A publisher that does not read what it is answered is not read from either: its acks would pile up. */
  function acknowledge(ws: WebSocket, socket: Duplex, ack: ControlFrame): void {
    send(ws, ack);
    if (!socket.writableNeedDrain || ws.isPaused) return;
    ws.pause();
    socket.once('drain', () => ws.resume());
  }

  function refuse(ws: WebSocket, error: unknown): void {
    const refusal = asLabErrorLogged(error);
    send(ws, errorFrame(refusal));
    ws.close(CLOSE_CODES[refusal.code] ?? 1008, refusal.code);
  }

  function asLabErrorLogged(error: unknown): LabError {
    const refusal = asLabError(error);
    if (refusal.code === 'internal') onError(error, { stage: 'websocket' });
    return refusal;
  }
};

function parseFrame(
  bytes: Buffer,
  frameBytes: number,
  messageBytes: number,
): { id?: unknown; token?: unknown; publish?: unknown } {
  if (bytes.length > frameBytes) throw tooLarge(messageBytes);
  let frame: unknown;
  try {
    frame = JSON.parse(bytes.toString());
  } catch (cause) {
    throw new LabError('bad-message', 'The frame is not JSON.', { cause });
  }
  if (typeof frame !== 'object' || frame === null || Array.isArray(frame) || !('publish' in frame)) {
    throw new LabError('bad-message', 'A frame is {"publish":{"type":"…","data":…},"id":7}.');
  }
  return frame;
}

/** What is written before `upgrade` returns counts as the head of the answer. */
function afterHead(write: () => void): void {
  queueMicrotask(write);
}

function errorFrame(error: LabError, id?: number): ControlFrame {
  const { code, message: detail, retryAfterMs } = error;
  return {
    control: 'error',
    ...(id === undefined ? {} : { id }),
    code,
    detail,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
}

function controlFrame(frame: ControlFrame): Buffer {
  return textFrame(Buffer.from(JSON.stringify(frame)));
}

function send(ws: WebSocket, frame: ControlFrame): void {
  if (ws.readyState === ws.OPEN) ws.send(JSON.stringify(frame));
}

export default websocket;
