import type { Server, Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';

/**
 * The connections of a server, from their first byte on, so that those count too that never say anything. With TLS a
 * connection is two sockets: the one that was accepted, and once hands are shaken the one that carries requests.
 */
export class Connections {
  readonly #max: number;
  readonly #open = new Set<Socket>();
  readonly #refused = new WeakSet<Socket>();
  /** Accepted, and not yet secure: by their ends, since Node does not say whose hands were shaken. */
  readonly #shaking = new Map<string, Socket>();
  readonly #forget: (this: Socket) => void;

  /** Those beyond `max` are kept like the others, but marked. */
  constructor(max: number) {
    this.#max = max;
    const open = this.#open;
    this.#forget = function () {
      open.delete(this);
    };
  }

  /** Takes in all that `server` accepts. `opened` is told of each socket that can carry what the server is there for. */
  from(server: Server, secure: boolean, opened: (socket: Socket) => void): void {
    if (!secure) {
      server.on('connection', (socket) => {
        this.#add(socket);
        opened(socket);
      });
      return;
    }
    server.on('connection', (socket) => this.#addShaking(socket));
    server.on('secureConnection', (socket: TLSSocket) => {
      this.#secured(socket);
      opened(socket);
    });
    // Hands that are not shaken, in time or at all: `https` would cut them off by itself, `tls` would not.
    server.on('tlsClientError', (_error, socket: TLSSocket) => socket.destroy());
  }

  #add(socket: Socket): void {
    if (this.#open.size >= this.#max) this.#refused.add(socket);
    this.#open.add(socket);
    socket.on('close', this.#forget);
  }

  #addShaking(socket: Socket): void {
    this.#add(socket);
    const ends = endsOf(socket);
    this.#shaking.set(ends, socket);
    socket.on('close', () => {
      if (this.#shaking.get(ends) === socket) this.#shaking.delete(ends);
    });
  }

  #secured(socket: TLSSocket): void {
    const ends = endsOf(socket);
    const accepted = this.#shaking.get(ends);
    this.#shaking.delete(ends);
    if (accepted && this.#refused.has(accepted)) this.#refused.add(socket);
  }

  /** Whether a socket that carries requests was one too many. */
  isRefused(socket: Socket): boolean {
    return this.#refused.has(socket);
  }

  /** Cuts those that have yet to shake hands: nobody could be told anything over them. */
  cutShaking(): void {
    for (const socket of this.#shaking.values()) socket.destroy();
  }

  cutAll(): void {
    for (const socket of this.#open) socket.destroy();
  }
}

function endsOf({ remoteAddress, remotePort, localAddress, localPort }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress} ${localPort}`;
}
