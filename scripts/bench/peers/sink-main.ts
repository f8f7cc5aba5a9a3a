import { type HostUse, hostUse, readHost } from '../driver/host.ts';
import { serveCalls } from '../driver/rpc.ts';
import type { Dialect } from './dialects.ts';
import { PollSink } from './poll-sink.ts';
import { type LoadRecord, StreamSink } from './stream-sink.ts';

/** The load: a process of its own, on a core of its own where the system lets it be chosen. */
let sink: StreamSink | PollSink | undefined;
let host = readHost();

/** Sockets that were destroyed are gone after a turn or two of the event loop. */
const CLOSING_TURNS = 100;

function openedForPolls(): PollSink {
  const polls = opened();
  if (!(polls instanceof PollSink)) throw new Error('This sink does not poll.');
  return polls;
}

function opened(): StreamSink | PollSink {
  if (!sink) throw new Error('The sink is not open yet.');
  return sink;
}

const methods = {
  async open({ port, dialect }: { port: number; dialect: Dialect }): Promise<void> {
    sink = dialect.kind === 'poll' ? new PollSink(port, dialect) : new StreamSink(port, dialect);
  },
  /** Ends what a trial has opened, and what it has left in memory. Resolves to the sockets that are open nevertheless. */
  async close(): Promise<number> {
    await sink?.resize(0);
    sink = undefined;
    for (let turns = 0; openSockets() > 0 && turns < CLOSING_TURNS; turns++) await nextTurn();
    globalThis.gc?.();
    return openSockets();
  },
  /** Resolves when there are so many connections, and nothing is on its way any more. */
  async resize(count: number): Promise<void> {
    await opened().resize(count);
    await opened().quiet();
  },
  /** Only opens or closes: polls never fall quiet, and a server says itself when it is. */
  connect: (count: number): Promise<void> => opened().resize(count),
  async mark({ times }: { times: boolean }): Promise<void> {
    // What is there already is read before anything counts.
    await nextTurn();
    await nextTurn();
    host = readHost();
    opened().mark(times);
  },
  async settle(messages: number): Promise<LoadRecord & { readonly host: HostUse }> {
    return { ...(await opened().settle(messages)), host: hostUse(host, readHost()) };
  },
  ask: (messages: number): Promise<void> => openedForPolls().ask(messages),
  /** Polls for a while on connections that are open already. */
  async poll(forMs: number) {
    const polls = openedForPolls();
    host = readHost();
    polls.mark(false);
    await new Promise((resolve) => setTimeout(resolve, forMs));
    return { ...polls.use(), host: hostUse(host, readHost()) };
  },
};

export type SinkMethods = typeof methods;

serveCalls(methods);

function openSockets(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap').length;
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
