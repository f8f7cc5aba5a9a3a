import { connect, createServer, type Socket } from 'node:net';
import { serveCalls } from './rpc.ts';

/** A line with a delay: what goes in comes out `delayMs` later, in order, in both directions. */
const methods = {
  /** Returns the address that leads to `target` through the delay. */
  open: ({ target, delayMs }: { target: string; delayMs: number }): Promise<string> => {
    const { protocol, hostname, port } = new URL(target);
    const server = createServer((near) => {
      const far = connect({ host: hostname, port: Number(port), noDelay: true });
      near.setNoDelay(true);
      pass(near, far, delayMs);
      pass(far, near, delayMs);
    });
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', () => {
        const address = server.address();
        if (address === null || typeof address === 'string') reject(new Error('The proxy has no port.'));
        else resolve(`${protocol}//127.0.0.1:${address.port}`);
      });
    });
  },
};

export type DelayProxyMethods = typeof methods;

function pass(from: Socket, to: Socket, delayMs: number): void {
  from.on('data', (chunk) => {
    setTimeout(() => to.write(chunk), delayMs);
  });
  from.on('end', () => {
    setTimeout(() => to.end(), delayMs);
  });
  from.on('error', () => to.destroy());
  from.on('close', () => {
    setTimeout(() => to.destroy(), delayMs + 1);
  });
}

serveCalls(methods);
