import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A TCP hop to a server. */
export interface ForgetfulHop extends AsyncDisposable {
  /** The server as it is reached through the hop. */
  readonly url: string;
  /** Forgets all connections it has now: nothing passes any more, and nobody is told. New ones are well. */
  forget(): void;
}

/** Starts a hop that loses its memory when told to, as a NAT does by itself. */
export async function startForgetfulHop(target: string): Promise<ForgetfulHop> {
  const { protocol, hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (near) => {
    const far = connect({ host: hostname, port: Number(port), noDelay: true });
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on('data', (bytes) => to.write(bytes));
      from.on('error', () => undefined); // a close follows
      from.on('close', () => {
        sockets.delete(from);
        if (from.listenerCount('data') > 0) to.destroy();
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port: ownPort } = server.address() as AddressInfo; // a TCP server has no other kind
  return {
    url: `${protocol}//127.0.0.1:${ownPort}`,
    forget() {
      for (const socket of sockets) socket.removeAllListeners('data').resume();
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
