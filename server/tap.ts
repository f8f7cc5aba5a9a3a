import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { TRAFFIC_NAMES, type Traffic, type TrafficName } from './wire.ts';

type Counts = { -readonly [K in keyof Traffic]: Traffic[K] };

/** Where a socket's bytes are counted: a transport's account (or publishing's), and that of the client it names, if any. */
type Accounts = readonly Counts[];

interface Ledger {
  /** Who pays for what passes now; nobody between a connection's requests for other things than feeds. */
  accounts: Accounts;
  read: number;
  written: number;
}

/** Clients whose traffic is told apart; the one not seen for longest makes room. */
const MAX_CLIENTS = 1000;

/**
 * The one ruler: counts requests, upgrades and bytes at the HTTP server's sockets, for all in the same
 * way. A socket's bytes belong to the feed request that it carries: those read since the last request to
 * the one that has now begun (they are its head), those written to the one before.
 */
export class Tap {
  readonly #totals = newAccounts();
  readonly #clients = new Map<string, Record<TrafficName, Counts>>();
  readonly #ledgers = new Map<Socket, Ledger>();
  #connectionsTotal = 0;

  get connections(): number {
    return this.#ledgers.size;
  }

  get connectionsTotal(): number {
    return this.#connectionsTotal;
  }

  /** Call for each socket the server accepts. */
  watch(socket: Socket): void {
    this.#connectionsTotal += 1;
    this.#ledgers.set(socket, { accounts: [], read: 0, written: 0 });
    socket.once('close', () => {
      this.#settle(socket);
      this.#ledgers.delete(socket);
    });
  }

  /** Counts a request for something that is no feed: to nobody. */
  other(request: IncomingMessage): void {
    this.#begin(request, []);
  }

  /** Counts a feed's request around `serve`, which writes nothing but the head before it returns. */
  request(
    name: TrafficName,
    client: string | null,
    request: IncomingMessage,
    response: ServerResponse,
    serve: () => void,
  ): void {
    const accounts = this.#begin(request, this.#accountsOf(name, client));
    const { socket } = request;
    const bodyBytesIn = Number(request.headers['content-length'] ?? 0);
    const written = socket.bytesWritten;
    const add = (field: keyof Counts, by: number): void => addTo(accounts, field, by);
    add('requests', 1);
    add('active', 1);
    add('headerBytesIn', -bodyBytesIn);
    response.once('close', () => {
      this.#settle(socket);
      add('active', -1);
    });
    serve();
    const bodyBytes = response.writableEnded ? Number(response.getHeader('content-length') ?? 0) : 0;
    if (response.headersSent) add('headerBytesOut', socket.bytesWritten - written - bodyBytes);
    else this.#countHeadAtEnd(response, accounts, written);
  }

  /** Counts an upgrade around `upgrade`, which writes nothing but the head before it returns. */
  upgrade(name: TrafficName, client: string | null, request: IncomingMessage, upgrade: () => void): void {
    const accounts = this.#begin(request, this.#accountsOf(name, client));
    const { socket } = request;
    const written = socket.bytesWritten;
    addTo(accounts, 'upgrades', 1);
    addTo(accounts, 'active', 1);
    socket.once('close', () => addTo(accounts, 'active', -1));
    upgrade();
    addTo(accounts, 'headerBytesOut', socket.bytesWritten - written);
  }

  /** All traffic, or that of one client (all zero where it is not known). */
  read(client?: string): Readonly<Record<TrafficName, Traffic>> {
    for (const socket of this.#ledgers.keys()) this.#settle(socket);
    return structuredClone(
      client === undefined ? this.#totals : (this.#clients.get(client) ?? newAccounts()),
    );
  }

  /** A response that is held: when it ends, all that was written but its body was its head. */
  #countHeadAtEnd(response: ServerResponse, accounts: Accounts, written: number): void {
    const { socket } = response;
    response.once('finish', () => {
      const bodyBytes = Number(response.getHeader('content-length') ?? 0);
      addTo(accounts, 'headerBytesOut', (socket?.bytesWritten ?? written) - written - bodyBytes);
    });
  }

  #begin(request: IncomingMessage, accounts: Accounts): Accounts {
    const ledger = this.#ledgers.get(request.socket);
    if (!ledger) return accounts;
    const { bytesRead } = request.socket;
    const head = bytesRead - ledger.read;
    ledger.read = bytesRead;
    this.#settle(request.socket);
    ledger.accounts = accounts;
    addTo(accounts, 'bytesIn', head);
    addTo(accounts, 'headerBytesIn', head);
    return accounts;
  }

  #settle(socket: Socket): void {
    const ledger = this.#ledgers.get(socket);
    if (!ledger) return;
    addTo(ledger.accounts, 'bytesIn', socket.bytesRead - ledger.read);
    addTo(ledger.accounts, 'bytesOut', socket.bytesWritten - ledger.written);
    ledger.read = socket.bytesRead;
    ledger.written = socket.bytesWritten;
  }

  #accountsOf(name: TrafficName, client: string | null): Accounts {
    const total = this.#totals[name];
    if (client === null) return [total];
    const known = this.#clients.get(client) ?? newAccounts();
    this.#clients.delete(client);
    this.#clients.set(client, known);
    if (this.#clients.size > MAX_CLIENTS) {
      for (const oldest of this.#clients.keys()) {
        this.#clients.delete(oldest);
        break;
      }
    }
    return [total, known[name]];
  }
}

function addTo(accounts: Accounts, field: keyof Counts, by: number): void {
  for (const account of accounts) account[field] += by;
}

function newAccounts(): Record<TrafficName, Counts> {
  const empty = (): Counts => ({
    requests: 0,
    upgrades: 0,
    active: 0,
    bytesIn: 0,
    bytesOut: 0,
    headerBytesIn: 0,
    headerBytesOut: 0,
  });
  // Object.fromEntries cannot know that every name is there.
  return Object.fromEntries(TRAFFIC_NAMES.map((name) => [name, empty()])) as Record<TrafficName, Counts>;
}
