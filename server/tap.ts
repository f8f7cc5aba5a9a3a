import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { bodyBytesOf, hasBody, headBytesOf } from './message-size.ts';
import { TRAFFIC_NAMES, type Traffic, type TrafficName } from './wire.ts';

type Counts = { -readonly [K in keyof Traffic]: Traffic[K] };

/** Where a socket's bytes are counted: a transport's account (or publishing's), and that of the client it names, if any. */
type Accounts = readonly Counts[];

const NOBODY: Accounts = [];

interface Ledger {
  /** Who pays for what passes now: nobody while the request is for something else than a feed. */
  accounts: Accounts;
  /** False between requests: what is read then is the beginning of the next one's head. */
  busy: boolean;
  read: number;
  written: number;
  /** `performance.now()` when the last answer was over; undefined while there is none that a request follows. */
  answeredMs: number | undefined;
  /** What it carries is one of the active until the socket closes: it was upgraded, or is no HTTP. */
  kept: boolean;
}

/** Clients whose traffic is told apart; the one not seen for longest makes room. */
const MAX_CLIENTS = 1000;

/**
 * The one ruler: counts requests, upgrades and bytes at the HTTP server's sockets, for all in the same
 * way. A socket's bytes belong to the feed request that it carries: those read since the last response to
 * the request that has now begun, those written until its response is over to this one. Where a client
 * pipelines, sums stay exact, but bytes may stand in the account of the neighbour.
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
    const ledger: Ledger = {
      accounts: NOBODY,
      busy: false,
      read: 0,
      written: 0,
      answeredMs: undefined,
      kept: false,
    };
    this.#ledgers.set(socket, ledger);
    socket.on('close', () => {
      settle(socket, ledger);
      if (ledger.kept) addTo(ledger.accounts, 'active', -1);
      this.#ledgers.delete(socket);
    });
  }

  /** Counts a request for something that is no feed: to nobody. */
  other(request: IncomingMessage, response: ServerResponse): void {
    const accounts = this.#beginRequest(request, []);
    response.on('close', () => this.#end(request, accounts));
  }

  /** Counts a feed's request around `serve`, which writes nothing but the head before it returns. */
  request(
    name: TrafficName,
    client: string | null,
    request: IncomingMessage,
    response: ServerResponse,
    serve: () => void,
  ): void {
    const accounts = this.#beginRequest(request, this.#accountsOf(name, client));
    const written = request.socket.bytesWritten;
    addTo(accounts, 'requests', 1);
    addTo(accounts, 'active', 1);
    // A pipelined response waits for the one before: its bytes cannot be told apart.
    let headCounted = !response.socket;
    response.on('close', () => {
      // Held: at its end all that was written but its body was its head.
      if (!headCounted) countHead(accounts, response, written);
      this.#end(request, accounts);
      addTo(accounts, 'active', -1);
    });
    serve();
    if (headCounted || !response.headersSent) return;
    headCounted = true;
    countHead(accounts, response, written);
  }

  /**
   * Counts an upgrade around `upgrade`, which writes nothing but the head before it returns. `early` are the
   * bytes of the new protocol that came with the request.
   */
  upgrade(
    name: TrafficName,
    client: string | null,
    request: IncomingMessage,
    early: Buffer,
    upgrade: () => void,
  ): void {
    const accounts = this.#beginRequest(request, this.#accountsOf(name, client));
    const { socket } = request;
    const written = socket.bytesWritten;
    addTo(accounts, 'headerBytesIn', -early.length);
    addTo(accounts, 'upgrades', 1);
    this.#keep(socket, accounts);
    upgrade();
    addTo(accounts, 'headerBytesOut', socket.bytesWritten - written);
  }

  /**
   * Counts a connection that is no HTTP around `accept`: its first `headBytes`, which asked for a feed, are its one
   * request.
   */
  connection(
    name: TrafficName,
    client: string | null,
    socket: Socket,
    headBytes: number,
    accept: () => void,
  ): void {
    const accounts = this.#begin(socket, this.#accountsOf(name, client), headBytes);
    addTo(accounts, 'requests', 1);
    this.#keep(socket, accounts);
    accept();
  }

  /** All traffic, or that of one client (all zero where it is not known). */
  read(client?: string): Readonly<Record<TrafficName, Traffic>> {
    for (const [socket, ledger] of this.#ledgers) settle(socket, ledger);
    return structuredClone(
      client === undefined ? this.#totals : (this.#clients.get(client) ?? newAccounts()),
    );
  }

  /** From now on the socket carries this and nothing else. */
  #keep(socket: Socket, accounts: Accounts): void {
    addTo(accounts, 'active', 1);
    const ledger = this.#ledgers.get(socket);
    if (ledger) ledger.kept = true;
  }

  #beginRequest(request: IncomingMessage, accounts: Accounts): Accounts {
    return this.#begin(request.socket, accounts, hasBody(request) ? headBytesOf(request) : undefined);
  }

  /** `headBytes`: how much of what has arrived is the head; all of it where that is undefined. */
  #begin(socket: Socket, accounts: Accounts, headBytes: number | undefined): Accounts {
    const ledger = this.#ledgers.get(socket);
    if (!ledger) return accounts;
    const { bytesRead } = socket;
    const arrived = bytesRead - ledger.read;
    ledger.read = bytesRead;
    settle(socket, ledger);
    ledger.accounts = accounts;
    ledger.busy = true;
    if (ledger.answeredMs !== undefined) {
      addTo(accounts, 'turnarounds', 1);
      addTo(accounts, 'turnaroundMs', performance.now() - ledger.answeredMs);
      ledger.answeredMs = undefined; // a request that does not wait for its predecessor's answer has none
    }
    addTo(accounts, 'bytesIn', arrived);
    addTo(accounts, 'headerBytesIn', headBytes ?? arrived);
    return accounts;
  }

  /** A response is over. Where it came before the end of its request, what is still to come is its own. */
  #end(request: IncomingMessage, accounts: Accounts): void {
    const ledger = this.#ledgers.get(request.socket);
    if (!ledger) return;
    settle(request.socket, ledger);
    if (ledger.accounts !== accounts) return;
    ledger.answeredMs ??= performance.now();
    if (!request.complete) {
      request.once('close', () => this.#end(request, accounts));
      return;
    }
    ledger.busy = false;
    ledger.accounts = NOBODY; // what else is written, such as the refusal of an upgrade, is nobody's
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

/** Charges what has passed since it was last looked at. */
function settle(socket: Socket, ledger: Ledger): void {
  addTo(ledger.accounts, 'bytesOut', socket.bytesWritten - ledger.written);
  ledger.written = socket.bytesWritten;
  if (!ledger.busy) return;
  addTo(ledger.accounts, 'bytesIn', socket.bytesRead - ledger.read);
  ledger.read = socket.bytesRead;
}

function countHead(accounts: Accounts, response: ServerResponse, writtenBefore: number): void {
  const written = response.req.socket.bytesWritten - writtenBefore;
  addTo(accounts, 'headerBytesOut', written - bodyBytesOf(response));
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
    turnarounds: 0,
    turnaroundMs: 0,
  });
  // Object.fromEntries cannot know that every name is there.
  return Object.fromEntries(TRAFFIC_NAMES.map((name) => [name, empty()])) as Record<TrafficName, Counts>;
}
