import { connect, createServer, type Socket } from 'node:net';
import { monotonicMs } from './monotonic.ts';
import { serveCalls } from './rpc.ts';

interface Passing {
  readonly atMs: number;
  readonly bytes: number;
}

/** All that lines were given which are counted, since they were last asked. */
let passings: Passing[] = [];

interface LineOptions {
  readonly target: string;
  /** What goes in comes out so much later, in order, in both directions. */
  readonly delayMs?: number;
  /** Whether bytes are counted: as they are beneath all that is spoken. */
  readonly counted?: boolean;
}

/** Lines between load and server. */
const methods = {
  /** Returns the address that leads to `target`. */
  open: ({ target, delayMs = 0, counted = false }: LineOptions): Promise<string> => {
    const { protocol, hostname, port } = new URL(target);
    const server = createServer((near) => {
      const far = connect({ host: hostname, port: Number(port), noDelay: true });
      near.setNoDelay(true);
      pass(near, far, delayMs, counted);
      pass(far, near, delayMs, counted);
    });
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', () => {
        const address = server.address();
        if (address === null || typeof address === 'string') reject(new Error('The line has no port.'));
        else resolve(`${protocol}//127.0.0.1:${address.port}`);
      });
    });
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

function now(work: () => void): void {
  work();
}

serveCalls(methods);
