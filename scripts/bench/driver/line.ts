import { connect, createServer, type Socket } from 'node:net';
import { monotonicMs } from './monotonic.ts';
import { serveCalls } from './rpc.ts';

interface Passing {
  readonly atMs: number;
  readonly bytes: number;
}

/** What was taken in from whoever is near, and the connection at the target that each leads to. */
const passing = new Map<Socket, Socket>();

/** Nothing passes. */
let isCut = false;

/** All that lines were given which are counted, since they were last asked. */
let passings: Passing[] = [];

/** What makes slow ones let pass whatever comes. */
const hurrying = new AbortController();

/** As the server's: whoever does not fit in is tried again by the system, a second later. */
const BACKLOG = 4096;

/** How often a slow line lets something pass: ms. */
const STEP_MS = 50;

interface LineOptions {
  readonly target: string;
  /** What goes in comes out so much later, in order, in both directions. */
  readonly delayMs?: number;
  /** Whether bytes are counted: as they are beneath all that is spoken. */
  readonly counted?: boolean;
  /** What passes from the target, at most: until `hurry`. */
  readonly bytesPerSecond?: number;
}

/** Lines between load and server. */
const methods = {
  /** Returns the address that leads to `target`. */
  open: ({ target, delayMs = 0, counted = false, bytesPerSecond }: LineOptions): Promise<string> => {
    const { protocol, hostname, port } = new URL(target);
    const server = createServer((near) => {
      if (isCut) {
        near.resetAndDestroy();
        return;
      }
      const far = connect({ host: hostname, port: Number(port), noDelay: true });
      passing.set(near, far);
      near.on('close', () => passing.delete(near));
      near.setNoDelay(true);
      pass(near, far, delayMs, counted);
      if (bytesPerSecond === undefined || hurrying.signal.aborted) pass(far, near, delayMs, counted);
      else passSlowly(far, near, bytesPerSecond);
    });
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen({ port: 0, host: '127.0.0.1', backlog: BACKLOG }, () => {
        const address = server.address();
        if (address === null || typeof address === 'string') reject(new Error('The line has no port.'));
        else resolve(`${protocol}//127.0.0.1:${address.port}`);
      });
    });
  },
  /** From now on all lines let pass whatever comes. */
  async hurry(): Promise<void> {
    hurrying.abort();
  },
  /** Resets all that passes, and whatever comes until `mend`. */
  async cut(): Promise<void> {
    isCut = true;
    for (const pair of passing) for (const socket of pair) socket.resetAndDestroy();
  },
  /** Resolves with when it was, by the machine's monotonic clock: ms. */
  async mend(): Promise<number> {
    isCut = false;
    return monotonicMs();
  },
  /** Bytes that they were given between two moments, by the machine's monotonic clock; what was before is forgotten. */
  async bytesWithin({ from, until }: { from: number; until: number }): Promise<number> {
    const within = passings.filter(({ atMs }) => atMs >= from && atMs < until);
    passings = [];
    return within.reduce((sum, { bytes }) => sum + bytes, 0);
  },
};

export type LineMethods = typeof methods;

function pass(from: Socket, to: Socket, delayMs: number, counted: boolean): void {
  const later = delayMs === 0 ? now : (work: () => void) => void setTimeout(work, delayMs);
  from.on('data', (chunk) => {
    if (counted) passings.push({ atMs: monotonicMs(), bytes: chunk.length });
    later(() => to.write(chunk));
  });
  from.on('end', () => later(() => to.end()));
  from.on('error', () => to.destroy());
  from.on('close', () => {
    setTimeout(() => to.destroy(), delayMs + 1);
  });
}

/** What does not pass is not read, and so fills what lies between, up to who sends it. */
function passSlowly(from: Socket, to: Socket, bytesPerSecond: number): void {
  const step = Math.max(1, Math.round((bytesPerSecond * STEP_MS) / 1000));
  const timer = setInterval(() => {
    const chunk: Buffer | null = from.read(Math.min(step, from.readableLength) || undefined);
    if (chunk) to.write(chunk);
  }, STEP_MS);
  const hurry = (): void => {
    clearInterval(timer);
    from.on('data', (chunk) => to.write(chunk));
  };
  hurrying.signal.addEventListener('abort', hurry);
  from.on('error', () => to.destroy());
  from.on('close', () => {
    clearInterval(timer);
    hurrying.signal.removeEventListener('abort', hurry);
    to.destroy();
  });
}

function now(work: () => void): void {
  work();
}

serveCalls(methods);
