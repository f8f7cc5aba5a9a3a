import type { TransportName } from '../../../server/wire.ts';
import type { Measurement } from '../../../web/results/schema.ts';
import { type Remote, RemoteError, startRemote } from '../driver/rpc.ts';
import { CORES, pin } from '../machine.ts';
import type { RunTrial } from '../runner.ts';
import { type AnySubject, TrialFailure } from '../scenario.ts';
import { judge, recordTrial, type TrialPlace } from '../trial.ts';
import type { Dialect } from './dialects.ts';
import type { Course } from './grid.ts';
import type { Load, Sink } from './load.ts';
import type { RosterEntry } from './roster.ts';
import type { PeerMethods } from './serve.ts';

/** A peer over one transport: a server process of its own in each block. */
export interface PeerSubject extends AnySubject {
  readonly entry: RosterEntry;
  readonly transport: TransportName;
  readonly dialect: Dialect;
  /** All it runs, whatever the block. */
  readonly course: Course;
  courseIn(block: number): Course;
  measure(bench: Bench): Promise<readonly Measurement[]>;
}

/** A server and its load, running. */
export interface Bench {
  readonly subject: PeerSubject;
  readonly port: number;
  readonly peer: RemotePeer;
  readonly sink: Sink;
  /** What this block runs of the subject's course. */
  readonly course: Course;
  /** Different in every block, the same for every subject of a block. */
  readonly seed: number;
  step(text: string): void;
}

type RemotePeer = Remote<PeerMethods>;

/** What every server of Node's runs with, so that ratios are about its code. */
const NODE_FLAGS = ['--expose-gc'];

/** Runs a peer once: a fresh server before a load that is as it was, and nothing left behind, however it ends. */
export const peerTrials =
  (load: Load): RunTrial<PeerSubject> =>
  (subject, place, step, signal) =>
    recordTrial(subject, place, signal, async (unlessAborted) => {
      const peer = startPeer(subject.entry, subject.transport);
      let failed = true;
      try {
        const measurements = await unlessAborted(measure(peer, load, subject, place, step)).catch(asFailure);
        failed = false;
        return { outcome: judge(measurements, true), measurements };
      } finally {
        // By itself, so that it can end what it has started.
        await peer.call('leave', undefined).catch(() => undefined);
        await Promise.all([peer.stop(), load.giveBack({ failed })]);
      }
    });

async function measure(
  peer: RemotePeer,
  load: Load,
  subject: PeerSubject,
  { block, seed }: TrialPlace,
  step: (text: string) => void,
): Promise<readonly Measurement[]> {
  // The first trial's load starts beside its server: neither is measured while it starts.
  const [sink, { port, pids }] = await Promise.all([load.take(), peer.call('listen', undefined)]);
  await Promise.all([
    // A server outside is fed by the process that has started it, which is load.
    pin(peer.pid, pids.includes(peer.pid) ? CORES.server : CORES.load),
    ...pids.map((pid) => pin(pid, CORES.server)),
  ]);
  await sink.call('open', { port, dialect: subject.dialect });
  const course = subject.courseIn(block);
  return subject.measure({ subject, port, peer, sink, course, seed, step });
}

/** A server or a load that cannot go on is a trial without figures, and no reason to end the run. */
export function asFailure(error: unknown): never {
  if (error instanceof RemoteError) throw new TrialFailure(error.message, { cause: error });
  throw error;
}

export function startPeer({ file, args }: RosterEntry, transport: TransportName): RemotePeer {
  return startRemote<PeerMethods>(new URL(`./servers/${file}`, import.meta.url), NODE_FLAGS, [
    transport,
    ...args,
  ]);
}
