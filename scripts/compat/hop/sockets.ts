import { once } from 'node:events';
import { connect, type Server, type Socket } from 'node:net';

/** All connections of a hop, those it takes and those it makes, so that they end with it. */
export class Sockets {
  readonly #open = new Set<Socket>();

  /** Keeps an eye on a connection until it is closed. Its errors need no other listener. */
  add<T extends Socket>(socket: T): T {
    this.#open.add(socket);
    socket.setNoDelay(true);
    socket.on('error', () => undefined); // a close follows
    socket.once('close', () => this.#open.delete(socket));
    return socket;
  }

  /** Opens a connection to a server. */
  connect(target: URL): Socket {
    return this.add(
      connect({ host: target.hostname, port: Number(target.port || 80), noDelay: true, allowHalfOpen: true }),
    );
  }

  /** Resolves when all are closed. */
  async destroy(): Promise<void> {
    const closed = [...this.#open].map((socket) => socket.closed || once(socket, 'close'));
    for (const socket of this.#open) socket.destroy();
    await Promise.all(closed);
  }
}

export interface Listener extends AsyncDisposable {
  readonly port: number;
}

/** Lets a server listen on a free port of this machine; disposing ends it and all of `sockets`. */
export async function listen(server: Server, sockets: Sockets): Promise<Listener> {
  server.on('connection', (socket: Socket) => sockets.add(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('A TCP server has no port.');
  return {
    port: address.port,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      await sockets.destroy();
      await closed;
    },
  };
}
