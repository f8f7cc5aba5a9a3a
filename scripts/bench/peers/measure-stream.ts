import type { Measurement } from '../../../web/results/schema.ts';
import { blockOrder } from '../order.ts';
import { TrialFailure } from '../scenario.ts';
import { deflateOf } from './dialects.ts';
import { cellId, idleCellId, isPoll, MODERATE, moderateRate } from './grid.ts';
import { slopePerConnection } from './memory.ts';
import type { PublishOrder } from './serve.ts';
import type { Bench } from './trial.ts';

/** A load busier than this would be what is measured. */
const LOAD_LIMIT = 0.8;
/** How long the server rests after a turn, in turns, where the load cannot keep up with less. */
const RESTS = [0, 1, 4] as const;

export interface Windows {
  readonly warmUpMs: number;
  readonly windowMs: number;
  readonly paceMs: number;
}

/** Memory while nothing happens, then deliveries: streams, and polls that are held until there is a message. */
export async function measureStream(bench: Bench, windows: Windows): Promise<readonly Measurement[]> {
  const { subject, sink, seed } = bench;
  const { points, idle } = subject.course;
  const measurements: Measurement[] = idle.length === 0 ? [] : [await measureIdle(bench, idle)];
  const counts = [...new Set(points.map(({ subscribers }) => subscribers))].sort((a, b) => b - a);
  await connect(bench, counts[0] ?? 1);
  bench.step(`${subject.title}: warm-up`);
  await deliver(bench, counts[0] ?? 1, { burst: 1, forMs: windows.warmUpMs, rest: 0 });
  // Once is enough for what only a burst needs: with slow peers and many subscribers a turn takes seconds.
  const { burst } = points.find((point) => point.burst > 1) ?? {};
  if (burst !== undefined) await deliver(bench, counts[0] ?? 1, { burst, forMs: 0, rest: 0 });
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
  await sink.call('resize', 0);
  return measurements;
}

async function connect({ sink, peer, subject }: Bench, count: number): Promise<void> {
  await sink.call('resize', count);
  if (isPoll(subject.transport)) await peer.call('untilHeld', count);
}

async function measureIdle(bench: Bench, counts: readonly number[]): Promise<Measurement> {
  const { subject, peer, sink } = bench;
  const readings = [];
  await sink.call('mark', { times: false });
  for (const count of counts) {
    bench.step(`${subject.title}: ${count} idle connections`);
    await connect(bench, count);
    readings.push({ connections: count, ...(await peer.call('useCollected', undefined)) });
  }
  return {
    lane: subject.entry.lane.id,
    cells: [idleCellId(subject.transport)],
    values: slopePerConnection(readings),
    health: { driverUtilisation: 0, serverUtilisation: 0 },
  };
}

async function deliver({ peer, sink, subject }: Bench, subscribers: number, order: PublishOrder) {
  await sink.call('mark', { times: false });
  const whenHeld = isPoll(subject.transport) ? { whenHeld: subscribers } : {};
  const published = await peer.call('publish', { ...order, ...whenHeld });
  const received = await sink.call('settle', published.messages);
  const { cpuUs } = await peer.call('use', undefined);
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
  let last: Awaited<ReturnType<typeof deliver>> | undefined;
  for (const rest of RESTS) {
    last = await deliver(bench, subscribers, { burst, forMs: windowMs, rest });
    const { received, published, cpuUs } = last;
    if (received.utilisation > LOAD_LIMIT) continue;
    const deliveries = published.messages * subscribers;
    return {
      lane: bench.subject.entry.lane.id,
      cells: [cellId(bench.subject.transport, subscribers, burst)],
      values: {
        cpu: cpuUs / deliveries,
        bytes: received.bytes / deliveries,
        load: received.utilisation,
        ...(rest === 0 && { rate: (deliveries * 1000) / received.durationMs }),
      },
      health: healthOf(last),
    };
  }
  throw new TrialFailure(
    `the load took ${Math.round((last?.received.utilisation ?? 1) * 100)} % of its core with ${subscribers} subscribers and ${burst} messages a turn, however long the server rested`,
  );
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
    ...(host.stealShare !== undefined && { stealShare: host.stealShare }),
    ...(host.cpuPressure !== undefined && { cpuPressure: host.cpuPressure }),
  };
}
