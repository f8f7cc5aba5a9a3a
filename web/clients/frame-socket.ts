import {
  binaryPublishFrame,
  type Draft,
  draftJson,
  type PublishFrame,
  type Receipt,
} from '../../server/wire.ts';
import {
  farTooLarge,
  isFinal,
  LineLost,
  ProblemError,
  type Publisher,
  type Session,
  type Socket,
  type SocketHandlers,
  TOO_LARGE_CODE,
} from './client.ts';
import { createFrameReader, parseFrame, problemOfFrame } from './frames.ts';

/** Opens what carries frames: a WebSocket, or a TCP connection of lines. */
export type OpenSocket = (handlers: SocketHandlers) => Socket;

/**
 * Keeps one socket whose frames are messages, and control frames among them. `explain` is asked why a socket was
 * closed that had said nothing.
 */
export function connectFrames(
  session: Session,
  open: OpenSocket,
  explain: () => Promise<ProblemError | undefined> = async () => undefined,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const { signal } = session;
    const end = session.request();
    const frames = createFrameReader(session);
    const text = (frame: string): void => {
      if (!frames.read(frame)) socket.close();
    };
    const bytes = (frame: Uint8Array): void => {
      if (!frames.readBytes(frame)) socket.close();
    };
    const closed = async (): Promise<void> => {
      signal.removeEventListener('abort', leave);
      end(frames.opened ? 'ended' : 'failed');
      const unexplained = !frames.opened && !frames.problem && !signal.aborted;
      const problem = unexplained ? await explain() : frames.problem;
      if (problem) reject(problem);
      else resolve();
    };
    const socket = open({ text, bytes, closed });
    const leave = (): void => {
      socket.close();
      // Not waited for: a peer that is gone never closes in its turn, and Chromium gives it a minute.
      end(frames.opened ? 'ended' : 'failed');
      resolve();
    };
    signal.addEventListener('abort', leave, { once: true });
    if (signal.aborted) leave();
  });
}

/** How a draft goes over the socket: as text, unless the server has agreed to more. */
export type EncodeFrame = (
  draft: Draft,
  id: number,
  token: string | undefined,
) => string | Uint8Array<ArrayBuffer>;

export const textFrame: EncodeFrame = (draft, id, token) => {
  const frame: PublishFrame = { publish: draftJson(draft), id, ...(token === undefined ? {} : { token }) };
  return JSON.stringify(frame);
};

/** Bytes as such, all else as text. */
export const binaryFrame: EncodeFrame = (draft, id, token) => {
  const { data, type, key } = draft;
  return data instanceof Uint8Array
    ? binaryPublishFrame({ id, type, key, token, data })
    : textFrame(draft, id, token);
};

export interface FramePublishing {
  readonly open: OpenSocket;
  readonly encode?: EncodeFrame;
  readonly token?: string | undefined;
  /** Gives up the opening. */
  readonly signal?: AbortSignal | undefined;
  /** Is asked why a socket was closed that had said nothing. */
  readonly explain?: () => Promise<ProblemError | undefined>;
}

/** Publishes over a socket of its own, which is sent no messages; each frame is acknowledged by its id. */
export function openFramePublisher({
  open,
  encode = textFrame,
  token,
  signal,
  explain = async () => undefined,
}: FramePublishing): Promise<Publisher> {
  return new Promise((resolve, reject) => {
    const waiting = new Map<number, { resolve(receipt: Receipt): void; reject(error: Error): void }>();
    let lastId = 0;
    let opened = false;
    /** Why nothing can be published any more. */
    let over: Error | undefined;
    const end = (reason: Error): void => {
      over ??= reason;
      signal?.removeEventListener('abort', leave);
      reject(over);
      const lost = over instanceof ProblemError ? new LineLost(over) : over;
      for (const { reject: fail } of waiting.values()) fail(lost);
      waiting.clear();
    };
    const closed = async (code: number): Promise<void> => {
      if (code === TOO_LARGE_CODE) over ??= farTooLarge();
      const problem = opened || over ? undefined : await explain();
      end(problem ?? new Error(`The socket was closed (${code}) before the server acknowledged.`));
    };
    const receive = (text: string): void => {
      const frame = parseFrame(text);
      if (!frame || !('control' in frame)) return;
      if (frame.control === 'open') {
        opened = true;
        signal?.removeEventListener('abort', leave);
        resolve({ publish, close });
      }
      if (frame.control === 'ack') settle(frame.id)?.resolve(frame);
      if (frame.control === 'bye')
        over ??= new ProblemError('draining', 'The server is leaving.', frame.retryAfterMs);
      if (frame.control !== 'error') return;
      const problem = problemOfFrame(frame);
      if (frame.id === undefined)
        over = problem; // about the connection, which ends with it
      else settle(frame.id)?.reject(problem);
    };
    const settle = (id: number) => {
      const sent = waiting.get(id);
      waiting.delete(id);
      return sent;
    };
    const socket = open({ text: receive, closed });
    // Not waited for: a peer that is gone never closes in its turn.
    const leave = (): void => {
      socket.close();
      end(new Error('The opening was given up.'));
    };
    signal?.addEventListener('abort', leave);
    if (signal?.aborted) leave();

    function close(): void {
      socket.close();
      end(new Error('The publisher was closed.'));
    }

    function publish(draft: Draft): Promise<Receipt> {
      // What was never sent is not what the server refused.
      if (over) return Promise.reject(isFinal(over) ? new Error(over.message) : over);
      const id = ++lastId;
      return new Promise((resolveOne, rejectOne) => {
        const frame = encode(draft, id, token);
        waiting.set(id, { resolve: resolveOne, reject: rejectOne });
        socket.send(frame);
      });
    }
  });
}
