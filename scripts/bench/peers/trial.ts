import type { TransportName } from '../../../server/wire.ts';
import type { Measurement, Trial } from '../../../web/results/schema.ts';
import { startRemote } from '../driver/rpc.ts';
import { CORES, pin } from '../machine.ts';
import type { AnySubject } from '../scenario.ts';
import { recordTrial, type TrialPlace } from '../trial.ts';
import type { Dialect } from './dialects.ts';
import type { Course } from './grid.ts';
import type { RosterEntry } from './roster.ts';
import type { PeerMethods } from './serve.ts';
import type { SinkMethods } from './sink-main.ts';

/** A peer over one transport: a server process of its own in each block. */
export interface PeerSubject extends AnySubject {
  readonly entry: RosterEntry;
  readonly transport: TransportName;
  readonly dialect: Dialect;
  readonly course: Course;
  measure(bench: Bench): Promise<readonly Measurement[]>;
}

/** A server and its load, running. */
export interface Bench {
  readonly subject: PeerSubject;
  readonly port: number;
  readonly peer: ReturnType<typeof startRemote<PeerMethods>>;
  readonly sink: ReturnType<typeof startRemote<SinkMethods>>;
  /** Different in every block, the same for every subject of a block. */
  readonly seed: number;
  step(text: string): void;
}

/** Above this share of the processors' time taken by the host a trial counts as disturbed. */
const STEAL_LIMIT = 0.05;

/** Runs a peer once: a fresh server, a fresh load, and nothing of either left behind, however it ends. */
export function runPeerTrial(
  subject: PeerSubject,
  place: TrialPlace,
  step: (text: string) => void,
  signal: AbortSignal,
): Promise<Trial> {
  return recordTrial(subject, place, signal, async (unlessAborted) => {
    const { peer, sink } = startBench(subject.entry, subject.transport);
    try {
      const measurements = await unlessAborted(measure());
      const stolen = measurements.find(({ health }) => (health.stealShare ?? 0) > STEAL_LIMIT);
      if (!stolen) return { outcome: { state: 'ok' }, measurements };
      const reason = `stealShare was ${stolen.health.stealShare?.toFixed(2)} (limit ${STEAL_LIMIT}) in ${stolen.cells[0]}`;
      return { outcome: { state: 'disturbed', reason }, measurements };
    } finally {
      // By itself, so that it can end what it has started.
      await peer.call('leave', undefined).catch(() => undefined);
      await Promise.all([peer.stop(), sink.stop()]);
    }

    async function measure(): Promise<readonly Measurement[]> {
      const { port, pids } = await peer.call('listen', undefined);
      await Promise.all([
        pin(sink.pid, CORES.load),
        // A server outside is fed by the process that has started it, which is load.
        pin(peer.pid, pids.includes(peer.pid) ? CORES.server : CORES.load),
        ...pids.map((pid) => pin(pid, CORES.server)),
      ]);
      await sink.call('open', { port, dialect: subject.dialect });
      return subject.measure({ subject, port, peer, sink, seed: place.seed, step });
    }
  });
}

/** Starts a peer and a load. Side by side: neither is measured while it starts. */
export function startBench(
  { file, args }: RosterEntry,
  transport: TransportName,
): Pick<Bench, 'peer' | 'sink'> {
  const server = new URL(`./servers/${file}`, import.meta.url);
  return {
    peer: startRemote<PeerMethods>(server, ['--expose-gc'], [transport, ...args]),
    sink: startRemote<SinkMethods>(new URL('./sink-main.ts', import.meta.url)),
  };
}
