import type { AddressInfo, Server } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { serveCalls } from '../driver/rpc.ts';
import { FIRST_SEQ, type PeerMessage, peerMessage, peerNow, roundToUs } from './message.ts';

/**
 * A server that does what the lab does: a process of its own, started with one argument, the transport. Its file in
 * servers/ hands one of these to `servePeer`, which does the rest.
 *
 * The peers' packages are installed by the bench at first use, into a folder of their own. A file of servers/ that
 * imports one is therefore `.mjs`: the lab's own type check must pass without them. This file is the border, and typed.
 */
export interface Peer {
  /** Begins to listen on a free port of 127.0.0.1, and resolves to it. */
  listen(): Promise<number>;
  /**
   * Sends these messages, one by one as a program would, to all subscribers, within one turn of the event loop. Resolves
   * when all are written, where that takes more than the turn and the one after it.
   */
  publish?(messages: readonly PeerMessage[]): void | Promise<void>;
  /** Requests that wait for a message now. */
  held?(): number | Promise<number>;
  /** Requests answered since the start. */
  served?(): number | Promise<number>;
  /** Where the server is another process than this one: what that one uses, and which it is. */
  readonly outside?: { readonly pids: readonly number[]; use(): ProcessUse; end(): Promise<void> };
}

/** What a server process has used so far, and holds now. */
export interface ProcessUse {
  readonly cpuUs: number;
  readonly rssBytes: number;
  /** Undefined where the process is none of Node's. */
  readonly heapBytes?: number;
}

export interface PublishOrder {
  /** Messages published in each turn of the event loop. */
  readonly burst: number;
  /** Another turn begins as long as this has not passed: ms. There is always one. */
  readonly forMs: number;
  /** How long the server rests after each turn, as a multiple of what the turn took: 0 for a server at its limit. */
  readonly rest: number;
  /** A turn begins when so many requests are held: for long polls. */
  readonly whenHeld?: number;
}

/** Messages at a fixed rate, one at a time. */
interface PaceOrder {
  readonly ratePerSecond: number;
  readonly forMs: number;
}

interface PublishRecord {
  readonly turns: number;
  readonly messages: number;
  /** Processor time when the first turn began: µs. */
  readonly cpuUsBefore: number;
  readonly durationMs: number;
}

/** How often a publisher looks whether all requests are held again: ms. */
const HELD_STEP_MS = 1;
const HELD_WITHIN_MS = 10_000;

/** A server is idle that has used less than this share of a core for so long: ms. */
const IDLE = { share: 0.2, forMs: 4, withinMs: 10_000 } as const;

/** Answers the bench's calls for a peer. */
export function servePeer(peer: Peer): void {
  let seq = FIRST_SEQ;
  const use = (): ProcessUse => peer.outside?.use() ?? ownUse();
  const publish = async (burst: number, at?: number): Promise<void> => {
    if (!peer.publish) throw new Error('This peer publishes nothing.');
    const messages = Array.from({ length: burst }, () => peerMessage(seq++, at));
    await peer.publish(messages);
  };
  const methods = {
    listen: async () => ({ port: await peer.listen(), pids: peer.outside?.pids ?? [process.pid] }),
    cpuUs: async () => use().cpuUs,
    use: async () => ({ ...use(), served: (await peer.served?.()) ?? 0 }),
    /** As `use`, with nothing in memory that is not needed. */
    async useCollected() {
      for (let i = 0; i < 2; i++) {
        globalThis.gc?.();
        await nextTurn();
      }
      return use();
    },
    untilHeld: (count: number) => untilHeld(peer, count),
    untilIdle: () => untilIdle(() => use().cpuUs),
    async publish({ burst, forMs, rest, whenHeld }: PublishOrder): Promise<PublishRecord> {
      const cpuUsBefore = use().cpuUs;
      const startMs = performance.now();
      let turns = 0;
      do {
        if (whenHeld !== undefined) await untilHeld(peer, whenHeld);
        const turnMs = performance.now();
        await publish(burst);
        // Some send what a turn has published at its end.
        await nextTurn();
        await nextTurn();
        turns += 1;
        if (rest > 0) await sleep(rest * (performance.now() - turnMs));
      } while (performance.now() - startMs < forMs);
      return { turns, messages: turns * burst, cpuUsBefore, durationMs: performance.now() - startMs };
    },
    /** Publishes on an absolute, regular schedule: one message at a time, due when its `at` says. */
    async pace({ ratePerSecond, forMs }: PaceOrder): Promise<PublishRecord> {
      const cpuUsBefore = use().cpuUs;
      const startMs = peerNow();
      let turns = 0;
      for (let dueMs = startMs; dueMs < startMs + forMs; dueMs = startMs + (turns * 1000) / ratePerSecond) {
        await sleep(Math.max(0, dueMs - peerNow()));
        await publish(1, roundToUs(dueMs));
        turns += 1;
      }
      return { turns, messages: turns, cpuUsBefore, durationMs: peerNow() - startMs };
    },
    leave: async () => peer.outside?.end(),
  };
  serveCalls(methods);
}

export type PeerMethods = {
  listen(parameters: undefined): Promise<{ readonly port: number; readonly pids: readonly number[] }>;
  cpuUs(parameters: undefined): Promise<number>;
  use(parameters: undefined): Promise<ProcessUse & { readonly served: number }>;
  useCollected(parameters: undefined): Promise<ProcessUse>;
  /** Resolves when so many requests wait for a message. */
  untilHeld(count: number): Promise<void>;
  /** Resolves when the server has next to nothing to do: what connections have left it is no part of a window. */
  untilIdle(parameters: undefined): Promise<void>;
  publish(order: PublishOrder): Promise<PublishRecord>;
  pace(order: PaceOrder): Promise<PublishRecord>;
  /** Ends what the process has started. */
  leave(parameters: undefined): Promise<void>;
};

/** The transport this process is to serve: its first argument. */
export function servedTransport(): string {
  return process.argv[2] ?? '';
}

/** Listens on a free port of 127.0.0.1. */
export function listenOn(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: '127.0.0.1', port: 0, backlog: 4096 }, () => {
      resolve((server.address() as AddressInfo).port); // a TCP server has no other kind of address
    });
  });
}

function ownUse(): ProcessUse {
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed, external } = process.memoryUsage();
  return {
    cpuUs: user + system,
    rssBytes: rss,
    heapBytes: heapUsed + external,
  };
}

async function untilHeld(peer: Peer, count: number): Promise<void> {
  const deadline = performance.now() + HELD_WITHIN_MS;
  while (((await peer.held?.()) ?? 0) < count) {
    if (performance.now() > deadline) {
      throw new Error(`${await peer.held?.()} of ${count} requests were held after ${HELD_WITHIN_MS} ms.`);
    }
    await sleep(HELD_STEP_MS);
  }
}

async function untilIdle(cpuUs: () => number): Promise<void> {
  const deadline = performance.now() + IDLE.withinMs;
  for (;;) {
    const before = { cpuUs: cpuUs(), atMs: performance.now() };
    await sleep(IDLE.forMs);
    const now = performance.now();
    if (cpuUs() - before.cpuUs < IDLE.share * 1000 * (now - before.atMs)) return;
    if (now > deadline) throw new Error(`The server was still busy after ${IDLE.withinMs} ms.`);
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
