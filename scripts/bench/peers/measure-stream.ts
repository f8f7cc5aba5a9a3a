import type { Measurement } from '../../../web/results/schema.ts';
import { disturbanceOf } from '../driver/host.ts';
import { blockOrder } from '../order.ts';
import { TrialFailure } from '../scenario.ts';
import { deflateOf } from './dialects.ts';
import { cellId, idleCellId, isPoll, MODERATE, moderateRate } from './grid.ts';
import { startHealthProbe } from './health-probe.ts';
import { slopePerConnection } from './memory.ts';
import type { PublishOrder } from './serve.ts';
import type { Bench } from './trial.ts';
import { POLLS_WARM_UP, warmUp } from './warm-up.ts';

/** A load busier than this would be what is measured. */
const LOAD_LIMIT = 0.8;
/** How long the server rests after a turn, in turns, where the load cannot keep up with less. */
const RESTS = [0, 1, 4] as const;

/** How long is measured what. */
export interface Windows {
  /** Deliveries. */
  readonly windowMs: number;
  /** Latency. */
  readonly paceMs: number;
  /** Polls that bring nothing. */
  readonly pollMs: number;
  readonly healthMs: number;
}

/** Memory while nothing happens, then deliveries: streams, and polls that are held until there is a message. */
export async function measureStream(bench: Bench, windows: Windows): Promise<readonly Measurement[]> {
  const { subject, seed, course } = bench;
  const { points, idle } = course;
  const counts = [...new Set(points.map(({ subscribers }) => subscribers))].sort((a, b) => b - a);
  const measurements: Measurement[] = idle.length > 0 ? [await measureIdle(bench, idle, windows)] : [];
  await connect(bench, counts[0] ?? 1);
  bench.step(`${subject.title}: warm-up`);
  await warmUp(
    async (forMs) => {
      const { published, cpuUs } = await deliver(bench, counts[0] ?? 1, { burst: 1, forMs, rest: 0 });
      return cpuUs / published.messages;
    },
    isPoll(subject.transport) ? POLLS_WARM_UP : {},
  );
  // What only a burst needs: with slow peers and many subscribers a longer one takes seconds.
  await deliver(bench, counts[0] ?? 1, { burst: 2, forMs: windows.windowMs, rest: 0 });
  // From many to few: closing is quicker than connecting.
  for (const count of counts) {
    await connect(bench, count);
    const bursts = points.filter(({ subscribers }) => subscribers === count).map((point) => point.burst);
    for (const index of blockOrder(bursts.length, seed)) {
      const burst = bursts[index] ?? 1;
      bench.step(`${subject.title}: ${count} subscribers, ${burst} a turn`);
      const measured = await measureDeliveries(bench, count, burst, windows);
      // What is compressed is read from one socket only: to do so for all would be what is measured.
      const timed = count === MODERATE.subscribers && burst === 1 && !deflateOf(subject.dialect);
      const times = timed ? await measureLatency(bench, windows) : {};
      measurements.push({ ...measured, values: { ...measured.values, ...times } });
    }
  }
  return measurements;
}

/** Resolves when nothing is left to do of what connections have caused: it is no part of a window. */
async function connect({ sink, peer, subject }: Bench, count: number): Promise<void> {
  await sink.call('connect', count);
  if (isPoll(subject.transport)) await peer.call('untilHeld', count);
  await peer.call('untilIdle', undefined);
}

/** Memory, connection by connection, and then how soon the server answers others while it serves them all. */
async function measureIdle(bench: Bench, counts: readonly number[], windows: Windows): Promise<Measurement> {
  const { subject, peer } = bench;
  const readings = [];
  for (const count of counts) {
    bench.step(`${subject.title}: ${count} idle connections`);
    await connect(bench, count);
    readings.push({ connections: count, ...(await peer.call('useCollected', undefined)) });
  }
  const { health } = subject.entry;
  const answered =
    health === undefined || isPoll(subject.transport)
      ? {}
      : await measureHealth(bench, counts.at(-1) ?? 1, health, windows);
  return {
    lane: subject.entry.lane.id,
    cells: [idleCellId(subject.transport)],
    values: { ...slopePerConnection(readings), ...answered },
    health: { driverUtilisation: 0, serverUtilisation: 0 },
  };
}

/** How long the server lets others wait while it sends to all, again and again. */
async function measureHealth(
  bench: Bench,
  subscribers: number,
  path: string,
  { windowMs, healthMs }: Windows,
): Promise<Readonly<Record<string, number>>> {
  const { subject, port } = bench;
  bench.step(`${subject.title}: ${path} beside ${subscribers} subscribers`);
  // Nothing was sent to anybody so far.
  await deliver(bench, subscribers, { burst: 1, forMs: 3 * windowMs, rest: 0 });
  // Asked from here: who reads thousands of sockets is late with all else.
  const probe = startHealthProbe(port, path);
  await deliver(bench, subscribers, { burst: 1, forMs: healthMs, rest: 0 });
  const { p50, p99 } = await probe.stop();
  return { healthz: p99, healthz50: p50 };
}

async function deliver({ peer, sink, subject }: Bench, subscribers: number, order: PublishOrder) {
  await sink.call('mark', { times: false });
  const whenHeld = isPoll(subject.transport) ? { whenHeld: subscribers } : {};
  const published = await peer.call('publish', { ...order, ...whenHeld });
  const received = await sink.call('settle', published.messages);
  const cpuUs = await peer.call('cpuUs', undefined);
  if (received.violations.length > 0) throw new TrialFailure(received.violations.join('; '));
  return { published, received, cpuUs: cpuUs - published.cpuUsBefore };
}

/** At the server's limit where the load keeps up; with rests between the turns, and without a rate, where it does not. */
async function measureDeliveries(
  bench: Bench,
  subscribers: number,
  burst: number,
  { windowMs }: Windows,
): Promise<Measurement> {
  const { subject } = bench;
  const lane = subject.entry.lane.id;
  const cells = [cellId(subject.transport, subscribers, burst)];
  for (const rest of RESTS) {
    const delivered = await deliver(bench, subscribers, { burst, forMs: windowMs, rest });
    const { received, published, cpuUs } = delivered;
    const load = received.utilisation;
    const health = healthOf(delivered);
    if (load <= LOAD_LIMIT) {
      const deliveries = published.messages * subscribers;
      const values = {
        cpu: cpuUs / deliveries,
        bytes: received.bytes / deliveries,
        load,
        ...(rest === 0 && { rate: (deliveries * 1000) / received.durationMs }),
      };
      return { lane, cells, values, health };
    }
    // A load that is too busy however long the server rests: no result here, which is none of the other cells' fault.
    if (rest === RESTS.at(-1)) return { lane, cells, values: { load }, health };
  }
  throw new Error('RESTS is empty.');
}

async function measureLatency(
  { peer, sink, subject }: Bench,
  { paceMs }: Windows,
): Promise<Readonly<Record<string, number>>> {
  await sink.call('mark', { times: true });
  const ratePerSecond = moderateRate(subject.transport);
  const { messages } = await peer.call('pace', { ratePerSecond, forMs: paceMs });
  const { violations, quantilesMs } = await sink.call('settle', messages);
  if (violations.length > 0) throw new TrialFailure(`${subject.title}: ${violations.join('; ')}`);
  return quantilesMs ? { p50: quantilesMs.p50, p99: quantilesMs.p99 } : {};
}

function healthOf({ received, cpuUs }: Awaited<ReturnType<typeof deliver>>): Measurement['health'] {
  const { host, utilisation, durationMs } = received;
  return {
    driverUtilisation: utilisation,
    serverUtilisation: cpuUs / 1000 / durationMs,
    ...disturbanceOf(host),
  };
}
