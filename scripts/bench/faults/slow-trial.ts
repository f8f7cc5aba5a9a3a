import { TRANSPORTS, type TransportName } from '../../../server/wire.ts';
import type { Measurement } from '../../../web/results/schema.ts';
import type { WindowRecord } from '../driver/audience.ts';
import { collect, heldBytes } from '../driver/collect.ts';
import { openControl } from '../driver/control.ts';
import { expectNone, type TrialContext, TrialFailure } from '../scenario.ts';
import { finiteOnly, healthBetween, TOPIC, trafficBetween } from '../scenarios/common.ts';
import { HOLD_MS } from '../settings.ts';

/** Messages a second. */
export const RATE = 2000;
/** So much that what a server kept for those who do not read it would show in its memory. */
export const PAYLOAD_BYTES = 1000;
/** Subscribers that keep up, and those that do not: one in ten. */
export const FAST = 9;
export const SLOW = 1;
/** What a slow one reads: bytes a second. */
export const SLOW_BYTES = 1000;
/** Until what lies between a server and one who does not read is full; as long before the other window, so that both are as far from a collection: ms. */
export const FILL_MS = 8000;
/** What slow ones take where that is full, at most: of what is published. */
const TRICKLE_SHARE = 0.1;
const WARM_UP_MS = 3000;
/** Buffers that a collection has found are let go of beside it: the least of as many counts. */
const COLLECTIONS = 3;
/** The label of slow ones in the server's statistics. */
const SLOW_CLIENT = 'slow';

/** What those who keep up had, and what it took. */
interface Kept {
  readonly record: WindowRecord;
  /** What the server has handed to the sockets of slow ones meanwhile: bytes. */
  readonly slowBytes: number;
  /** What the server could not let go of at the end, on its heap and in buffers: bytes. */
  readonly heldBytes: number;
}

/** How long `keepUp` takes: ms. */
export function stageMs(windowMs: number): number {
  return 6000 + WARM_UP_MS + 2 * (FILL_MS + windowMs);
}

/** Measures those who keep up for `windowMs` by themselves, and as long beside slow ones: which of it first, is given. */
export async function keepUp(
  context: TrialContext,
  transport: TransportName,
  { windowMs, slowFirst }: { readonly windowMs: number; readonly slowFirst: boolean },
): Promise<readonly Measurement[]> {
  const { driver, lab, seed, step } = context;
  const { title } = TRANSPORTS[transport];
  const baseUrl = await context.addressOf(transport);
  const common = { topic: TOPIC, transport, intervalMs: 100, holdMs: HOLD_MS, seed: seed / 2 ** 32 };
  const control = await openControl(lab.url);
  const publish = (ratePerSecond: number) => driver.call('setWorkload', { ratePerSecond, seed });

  async function measure(): Promise<Kept> {
    const before = await control.stats(SLOW_CLIENT);
    const record = await driver.call('measure', { id: 'fast', windowMs });
    expectNone(record.violations);
    const { bytesOut } = trafficBetween(before, await control.stats(SLOW_CLIENT), transport);
    const held: number[] = [];
    for (let i = 0; i < COLLECTIONS; i++) held.push(await heldBytes(lab, control));
    return { record, slowBytes: bytesOut, heldBytes: Math.min(...held) };
  }

  async function measureAlone(): Promise<Kept> {
    step(`${title}: without slow ones`);
    await driver.call('pause', FILL_MS);
    return measure();
  }

  async function measureBeside(): Promise<{ readonly beside: Kept; readonly missed: number }> {
    step(`${title}: slow ones come`);
    const line = await context.openLine();
    const slowUrl = await line.call('open', { target: baseUrl, bytesPerSecond: SLOW_BYTES });
    await driver.call('gather', { id: 'slow', baseUrl: slowUrl, client: SLOW_CLIENT, ...common });
    await driver.call('growTo', { id: 'slow', count: SLOW });
    await driver.call('pause', FILL_MS);
    step(`${title}: beside slow ones`);
    const beside = await measure();
    await publish(0);
    await line.call('hurry', undefined);
    const { violations, announcedLost } = await driver.call('measure', {
      id: 'slow',
      windowMs: 100,
      allowed: ['gaps'],
    });
    expectNone(violations.map((violation) => `slow ones: ${violation}`));
    await driver.call('dismiss', 'slow');
    await publish(RATE);
    return { beside, missed: announcedLost / SLOW };
  }

  try {
    step(`${title}: warm-up`);
    await driver.call('gather', { id: 'fast', baseUrl, ...common });
    await driver.call('growTo', { id: 'fast', count: FAST });
    await publish(RATE);
    await driver.call('measure', { id: 'fast', windowMs: WARM_UP_MS });
    await collect(lab); // as before the other window, since a collection leaves caches cold
    const early = slowFirst ? undefined : await measureAlone();
    const { beside, missed } = await measureBeside();
    const alone = early ?? (await measureAlone());
    expectFull(alone, beside, windowMs);
    return measurementsOf(transport, alone, beside, missed);
  } finally {
    await control.close();
  }
}

/**
 * Throws a TrialFailure where slow ones were handed more than what is full lets pass, and no memory has grown by it: then
 * the system has taken it. Where memory has grown, the server itself keeps what they do not read, in their sockets.
 */
export function expectFull(alone: Kept, beside: Kept, windowMs: number): void {
  const atMost = TRICKLE_SHARE * SLOW * RATE * PAYLOAD_BYTES * (windowMs / 1000);
  if (beside.slowBytes <= atMost || beside.heldBytes - alone.heldBytes > beside.slowBytes / 2) return;
  const [took, limit] = [beside.slowBytes, atMost].map((bytes) => Math.round(bytes / 1000));
  throw new TrialFailure(
    `slow ones took ${took} kB in the window (limit ${limit}): what lies between was not full yet`,
  );
}

export function measurementsOf(
  lane: TransportName,
  alone: Kept,
  beside: Kept,
  missed: number,
): readonly Measurement[] {
  const growth = (beside.heldBytes - alone.heldBytes) / 1e6;
  return [measurementOf(lane, 'alone', alone, {}), measurementOf(lane, 'beside', beside, { growth, missed })];
}

function measurementOf(
  lane: TransportName,
  cell: string,
  { record: { before, after, host, quantilesMs }, heldBytes }: Kept,
  more: Readonly<Record<string, number>>,
): Measurement {
  return {
    lane,
    cells: [cell],
    values: finiteOnly({
      p50: quantilesMs.p50,
      p90: quantilesMs.p90,
      p99: quantilesMs.p99,
      held: heldBytes / 1e6,
      ...more,
    }),
    health: healthBetween(before, after, host),
  };
}
