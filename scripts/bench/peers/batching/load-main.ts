import { type HostUse, hostUse, readHost } from '../../driver/host.ts';
import { serveCalls } from '../../driver/rpc.ts';
import type { Dialect } from '../dialects.ts';
import { PollSink } from '../poll-sink.ts';
import type { LoadRecord } from '../stream-sink.ts';
import { PacedPollSink, type PollPace } from './paced-poll-sink.ts';
import { SampledSink } from './sampled-sink.ts';

interface OpenOrder {
  readonly port: number;
  readonly dialect: Dialect;
  /** One in so many sockets of a stream takes times. */
  readonly timedEvery: number;
  /** For a client that polls at an interval; without it a poll follows the answer to the one before. */
  readonly pace: PollPace | undefined;
}

/** The load: a process of its own, on a core of its own where the system lets it be chosen. */
let sink: SampledSink | PollSink | PacedPollSink | undefined;
let host = readHost();

function opened() {
  if (!sink) throw new Error('The load is not open yet.');
  return sink;
}

const methods = {
  /** Connections from here on go to this server. */
  async open({ port, dialect, timedEvery, pace }: OpenOrder): Promise<void> {
    sink =
      dialect.kind !== 'poll'
        ? new SampledSink(port, dialect, timedEvery)
        : pace
          ? new PacedPollSink(port, dialect, pace)
          : new PollSink(port, dialect);
  },
  /** Opens connections, or ends the newest, until there are `count`. */
  resize: (count: number): Promise<void> => opened().resize(count),
  /** Resolves when nothing is on its way any more. */
  quiet: (): Promise<void> => opened().quiet(),
  async mark(): Promise<void> {
    host = readHost();
    opened().mark(true);
  },
  async settle(messages: number): Promise<LoadRecord & { readonly host: HostUse }> {
    return { ...(await opened().settle(messages)), host: hostUse(host, readHost()) };
  },
};

export type LoadMethods = typeof methods;

serveCalls(methods);
