import { type ControlFrame, type Envelope, type ErrorFrame, readBinaryMessage } from '../../server/wire.ts';
import { ProblemError, type Session } from './client.ts';

export interface FrameReader {
  /** The server has said where the subscriber stands. */
  readonly opened: boolean;
  /** Why the server has refused it. */
  readonly problem: ProblemError | undefined;
  /** False for what no server of this wire sends: the connection is of no use. */
  read(text: string): boolean;
  /** The same of a frame that has come as a value. */
  take(value: unknown): boolean;
  /** The same of a binary frame. */
  readBytes(frame: Uint8Array): boolean;
}

/** Hands to a session what comes in frames: messages, and control frames among them. */
export function createFrameReader(session: Session): FrameReader {
  let opened = false;
  let problem: ProblemError | undefined;
  const take = (value: unknown): boolean => {
    const frame = asFrame(value);
    if (!frame) return false;
    if (!('control' in frame)) session.deliver([frame]);
    else if (frame.control === 'open') {
      opened = true;
      session.opened(frame);
    } else if (frame.control === 'beat') session.beat();
    else if (frame.control === 'gap') session.gap({ missed: frame.missed, cursor: frame.cursor });
    else if (frame.control === 'bye') session.bye(frame);
    else if (frame.control === 'error') problem = problemOfFrame(frame);
    return true;
  };
  return {
    get opened() {
      return opened;
    },
    get problem() {
      return problem;
    },
    read: (text) => take(parseJson(text)),
    take,
    readBytes(frame) {
      const message = readBinaryMessage(frame);
      if (message) session.deliver([message]);
      return message !== undefined;
    },
  };
}

export function problemOfFrame({ code, detail, retryAfterMs }: ErrorFrame): ProblemError {
  return new ProblemError(code, detail, retryAfterMs);
}

/** Undefined for what no server of this wire sends: something on the way has its hands in it. */
export function parseFrame(text: string): Envelope | ControlFrame | undefined {
  return asFrame(parseJson(text));
}

function asFrame(value: unknown): Envelope | ControlFrame | undefined {
  // The wire's promise (server/wire.ts) is what such an object is.
  return typeof value === 'object' && value !== null ? (value as Envelope | ControlFrame) : undefined;
}

/** Undefined for what is none. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
