import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A TCP hop to a server. */
export interface ForgetfulHop extends AsyncDisposable {
  /** The server as it is reached through the hop. */
  readonly url: string;
  /** How many it has carried so far. */
  readonly connections: number;
  /** Forgets all connections it has now: nothing passes any more, and nobody is told. New ones are well. */
  forget(): void;
  /** Keeps to itself what the server says, on all connections and on new ones, until the next `cut` or `forget`. */
  swallow(): void;
  /** Ends all connections it has now, on both sides. New ones are well. */
  cut(): void;
  /** Cuts each of the next `connections` once so many bytes have passed over it, one way or the other: the rest is lost. */
  cutAfter(bytes: number, connections: number): void;
}

/** Starts a hop that loses its memory when told to, as a NAT does by itself, and other things on the way do worse. */
export async function startForgetfulHop(target: string): Promise<ForgetfulHop> {
  const { protocol, hostname, port } = new URL(target);
  const passages = new Set<Passage>();
  let swallows = false;
  let cutBytes = Number.POSITIVE_INFINITY;
  let connectionsToCut = 0;
  let carried = 0;
  const server = createServer({ noDelay: true }, (near) => {
    const far = connect({ host: hostname, port: Number(port), noDelay: true });
    carried += 1;
    connectionsToCut -= 1;
    const passage = new Passage(near, far, connectionsToCut >= 0 ? cutBytes : Number.POSITIVE_INFINITY);
    passage.swallows = swallows;
    passages.add(passage);
    let open = 2;
    for (const socket of [near, far]) {
      socket.on('close', () => {
        open -= 1;
        if (open === 0) passages.delete(passage);
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port: ownPort } = server.address() as AddressInfo; // a TCP server has no other kind
  const cut = (): void => {
    swallows = false;
    for (const passage of passages) passage.cut();
  };
  return {
    url: `${protocol}//127.0.0.1:${ownPort}`,
    get connections() {
      return carried;
    },
    forget() {
      swallows = false;
      for (const passage of passages) passage.forget();
    },
    swallow() {
      swallows = true;
      for (const passage of passages) passage.swallows = true;
    },
    cut,
    cutAfter(bytes, connections) {
      cutBytes = bytes;
      connectionsToCut = connections;
    },
    async [Symbol.asyncDispose]() {
      cut();
      server.close();
      await once(server, 'close');
    },
  };
}

/** One connection through the hop. */
class Passage {
  swallows = false;
  readonly #near: Socket;
  readonly #far: Socket;
  /** Until it is cut. */
  readonly #bytes: number;
  #forgotten = false;

  constructor(near: Socket, far: Socket, bytesUntilCut: number) {
    this.#near = near;
    this.#far = far;
    this.#bytes = bytesUntilCut;
    near.on('data', (bytes) => this.#pass(bytes, near, far));
    far.on('data', (bytes) => {
      if (!this.swallows) this.#pass(bytes, far, near);
    });
    for (const socket of [near, far]) socket.on('error', () => undefined); // a close follows
    near.on('close', () => {
      if (!this.#forgotten) far.destroySoon();
    });
    far.on('close', () => {
      if (!this.#forgotten) near.destroySoon();
    });
  }

  forget(): void {
    this.#forgotten = true;
  }

  cut(): void {
    this.#near.destroy();
    this.#far.destroy();
  }

  #pass(bytes: Buffer, from: Socket, to: Socket): void {
    if (this.#forgotten) return;
    to.write(bytes.subarray(0, this.#bytes - (from.bytesRead - bytes.length)));
    if (from.bytesRead >= this.#bytes) from.destroy();
  }
}
