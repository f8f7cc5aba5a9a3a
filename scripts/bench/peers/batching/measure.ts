import type { TransportName } from '../../../../server/wire.ts';
import { TRANSPORTS } from '../../../../server/wire.ts';
import type { Measurement } from '../../../../web/results/schema.ts';
import { disturbanceOf } from '../../driver/host.ts';
import type { Remote } from '../../driver/rpc.ts';
import { blockOrder } from '../../order.ts';
import { expectNone, TrialFailure } from '../../scenario.ts';
import type { Dialect } from '../dialects.ts';
import { type BatchingCell, cellId } from './cells.ts';
import type { LabMethods } from './lab-main.ts';
import type { LoadMethods } from './load-main.ts';

/** A load busier than this would be what is measured. */
const LOAD_LIMIT = 0.8;

/** Sockets of a stream are opened in so many steps, with a witness of the rounds after each. */
const STEPS = 10;

export interface BatchingTimes {
  /** Code is compiled in the first cell, caches are filled in each. */
  readonly warmUpMs: { readonly first: number; readonly others: number };
  readonly windowMs: number;
}

export interface BatchingBench {
  readonly transport: TransportName;
  readonly dialect: Dialect;
  readonly cells: readonly BatchingCell[];
  readonly times: BatchingTimes;
  readonly lab: Remote<LabMethods>;
  readonly load: Remote<LoadMethods>;
  readonly block: number;
  /** Different in every block, the same for every subject of a block. */
  readonly seed: number;
  step(text: string): void;
}

/** Every cell of a transport, in an order that turns from block to block. */
export async function measureBatching(
  bench: BatchingBench,
  ports: readonly number[],
): Promise<readonly Measurement[]> {
  const { cells, lab, load, transport, times, block, step } = bench;
  const measurements: Measurement[] = [];
  for (const index of blockOrder(cells.length, block)) {
    const cell = cells[index];
    const port = ports[index];
    if (!cell || port === undefined) continue;
    step(`${TRANSPORTS[transport].title}: ${cellId(cell)}`);
    await gather(bench, index, cell, port);
    const { first, others } = times.warmUpMs;
    await deliver(bench, index, cell, measurements.length === 0 ? first : others);
    measurements.push(measurementOf(bench, cell, await deliver(bench, index, cell, times.windowMs)));
    await lab.call('dismissWitnesses', index);
    await load.call('resize', 0);
  }
  return measurements;
}

async function gather(
  { lab, load, dialect, transport, seed }: BatchingBench,
  index: number,
  { load: { subscribers, timedEvery }, window }: BatchingCell,
  port: number,
): Promise<void> {
  const { paced } = TRANSPORTS[transport];
  const pace = paced === 'interval' ? { intervalMs: Number(window), seed } : undefined;
  await load.call('open', { port, dialect, timedEvery, pace });
  const steps = paced === 'push' ? STEPS : 1;
  for (let i = 1; i <= steps; i++) {
    await load.call('resize', Math.round((subscribers * i) / steps));
    if (paced === 'push') await lab.call('witness', index);
  }
  await load.call('quiet', undefined);
}

type Delivered = Awaited<ReturnType<typeof deliver>>;

/** Publishes for a while, and waits until everything has reached everyone. */
async function deliver(
  { lab, load, transport, seed }: BatchingBench,
  index: number,
  { load: { ratePerSecond } }: BatchingCell,
  forMs: number,
) {
  await load.call('mark', undefined);
  const before = await lab.call('count', { lab: index, transport });
  const cpuUsBefore = await lab.call('cpuUs', undefined);
  const { messages, lagMs } = await lab.call('pace', { lab: index, ratePerSecond, forMs, seed });
  const received = await load.call('settle', messages);
  const cpuUs = (await lab.call('cpuUs', undefined)) - cpuUsBefore;
  const after = await lab.call('count', { lab: index, transport });
  expectNone(received.violations);
  return {
    messages,
    received,
    cpuUs,
    lagMs,
    writes: after.writes - before.writes,
    requests: after.requests - before.requests,
  };
}

function measurementOf(
  { transport }: BatchingBench,
  cell: BatchingCell,
  { received, cpuUs, messages, lagMs, writes, requests }: Delivered,
): Measurement {
  const { subscribers } = cell.load;
  const { bytes, durationMs, utilisation, quantilesMs, host } = received;
  if (utilisation > LOAD_LIMIT) {
    throw new TrialFailure(
      `the load took ${Math.round(utilisation * 100)} % of its core in ${cellId(cell)}, more than ${LOAD_LIMIT * 100} %`,
    );
  }
  const deliveries = messages * subscribers;
  const sent = TRANSPORTS[transport].paced === 'push' ? writes * subscribers : requests;
  return {
    lane: transport,
    cells: [cellId(cell)],
    values: {
      cpu: cpuUs / deliveries,
      burst: deliveries / sent,
      ...(quantilesMs && { p50: quantilesMs.p50, p99: quantilesMs.p99 }),
      bytes: bytes / deliveries,
      load: utilisation,
      server: cpuUs / 1000 / durationMs,
    },
    health: {
      driverUtilisation: utilisation,
      serverUtilisation: cpuUs / 1000 / durationMs,
      publisherLagMs: lagMs,
      ...disturbanceOf(host),
    },
  };
}
