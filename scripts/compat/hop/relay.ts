import { createServer, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { selfSignedCertificate } from '../certificate.ts';
import type { RunningPath } from '../path.ts';
import { listen, Sockets } from './sockets.ts';

/** A connection that passes through, in the hands of a hop that interferes with it. */
export interface Line {
  /** Ends both sides. */
  cut(): void;
  /** From now on nothing passes, not even an end, and neither side is told. */
  mute(): void;
}

/** Is called with every new line; what it returns is told what happens on it. */
export type Watch = (line: Line) => {
  /** Bytes have passed, in either direction. */
  readonly bytes?: () => void;
  /** The line has ended. */
  readonly over: () => void;
};

/** Acts on every line that has carried no byte in either direction for `silenceMs`. */
export function afterSilence(silenceMs: number, act: (line: Line) => void): Watch {
  return (line) => {
    const timer = setTimeout(() => act(line), silenceMs);
    return { bytes: () => timer.refresh(), over: () => clearTimeout(timer) };
  };
}

/** Acts on every line `ageMs` after it was opened, whatever it carries. */
export function afterAge(ageMs: number, act: (line: Line) => void): Watch {
  return (line) => {
    const timer = setTimeout(() => act(line), ageMs);
    return { over: () => clearTimeout(timer) };
  };
}

/** Passes bytes and ends both ways between two connections; where one is lost, so is the other. */
export function join(near: Socket, far: Socket, watch?: Watch): void {
  let muted = false;
  const line: Line = {
    cut() {
      near.destroy();
      far.destroy();
    },
    mute() {
      muted = true;
      // What still comes is read, and goes nowhere.
      near.resume();
      far.resume();
    },
  };
  const watcher = watch?.(line);
  const pass = (from: Socket, to: Socket): void => {
    from.on('data', (bytes) => {
      if (muted) return;
      watcher?.bytes?.();
      if (!to.write(bytes)) from.pause();
    });
    to.on('drain', () => from.resume());
    from.on('end', () => {
      if (!muted) to.end();
    });
    from.on('close', () => {
      // One that was ended from both sides has passed its end on, perhaps with bytes still before it.
      const ended = from.readableEnded && from.writableFinished;
      if (!muted && !ended) to.destroy();
      if (near.closed && far.closed) watcher?.over();
    });
  };
  pass(near, far);
  pass(far, near);
}

/** A hop that knows nothing of HTTP. */
export async function startRelay(target: URL, watch?: Watch): Promise<RunningPath> {
  const sockets = new Sockets();
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (near) =>
    join(near, sockets.connect(target), watch),
  );
  const listener = await listen(server, sockets);
  return {
    baseUrl: `http://127.0.0.1:${listener.port}`,
    [Symbol.asyncDispose]: () => listener[Symbol.asyncDispose](),
  };
}

/** TLS from the client to here, nothing from here to the lab. HTTP/1.1 is what it offers (RFC 7301). */
export async function startTlsRelay(target: URL): Promise<RunningPath> {
  const sockets = new Sockets();
  const options = { ...(await selfSignedCertificate()), ALPNProtocols: ['http/1.1'], noDelay: true };
  const server = createTlsServer(options, (near) => join(sockets.add(near), sockets.connect(target)));
  const listener = await listen(server, sockets);
  return {
    baseUrl: `https://127.0.0.1:${listener.port}`,
    selfSigned: true,
    [Symbol.asyncDispose]: () => listener[Symbol.asyncDispose](),
  };
}
