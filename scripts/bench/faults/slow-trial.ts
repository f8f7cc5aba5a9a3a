import { TRANSPORTS, type TransportName } from '../../../server/wire.ts';
import type { Measurement } from '../../../web/results/schema.ts';
import type { WindowRecord } from '../driver/audience.ts';
import { type Control, openControl } from '../driver/control.ts';
import { expectNone, type TrialContext, TrialFailure } from '../scenario.ts';
import { finiteOnly, healthBetween, TOPIC } from '../scenarios/common.ts';
import { HOLD_MS } from '../settings.ts';
import { watch } from './watch.ts';

/** Messages a second. */
export const RATE = 2000;
/** So much that what a server kept for those who do not read it would show in its memory. */
export const PAYLOAD_BYTES = 1000;
export const FAST = 18;
export const SLOW = 2;
/** What a slow one reads: bytes a second. */
export const SLOW_BYTES = 1000;
/** Until what lies between a server and one who does not read is full: ms. */
export const FILL_MS = 8000;
const WARM_UP_MS = 3000;
/** Until those who keep up are as they were, after the slow ones have gone: ms. */
const CALM_MS = 1000;

type Cell = 'alone' | 'beside';

/** What those who keep up had, and what it took. */
interface Kept {
  readonly record: WindowRecord;
  /** The least that the server held meanwhile, on its heap and in buffers: what it could not let go of. Bytes. */
  readonly heldBytes: number;
}

/** How long `keepUp` takes: ms. */
export function stageMs(windowMs: number): number {
  return 5000 + WARM_UP_MS + 2 * windowMs + FILL_MS + CALM_MS;
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
    const record = driver.call('measure', { id: 'fast', windowMs });
    const heldBytes = await leastHeld(control, record);
    expectNone((await record).violations);
    return { record: await record, heldBytes };
  }

  async function measureBeside(): Promise<Kept & { readonly gaps: number }> {
    step(`${title}: slow ones come`);
    const line = await context.openLine();
    const slowUrl = await line.call('open', { target: baseUrl, bytesPerSecond: SLOW_BYTES });
    await driver.call('gather', { id: 'slow', baseUrl: slowUrl, ...common });
    await driver.call('growTo', { id: 'slow', count: SLOW });
    await driver.call('pause', FILL_MS);
    step(`${title}: beside slow ones`);
    const beside = await measure();
    await publish(0);
    await line.call('hurry', undefined);
    const gaps = gapsOf(await driver.call('measure', { id: 'slow', windowMs: 100 }));
    await driver.call('dismiss', 'slow');
    await publish(RATE);
    await driver.call('pause', CALM_MS);
    return { ...beside, gaps };
  }

  async function measureAlone(): Promise<Kept> {
    step(`${title}: without slow ones`);
    return measure();
  }

  try {
    step(`${title}: warm-up`);
    await driver.call('gather', { id: 'fast', baseUrl, ...common });
    await driver.call('growTo', { id: 'fast', count: FAST });
    await publish(RATE);
    await driver.call('measure', { id: 'fast', windowMs: WARM_UP_MS });
    const early = slowFirst ? undefined : await measureAlone();
    const beside = await measureBeside();
    const alone = early ?? (await measureAlone());
    const growth = (beside.heldBytes - alone.heldBytes) / 1e6;
    return [
      measurementOf(transport, 'alone', alone, {}),
      measurementOf(transport, 'beside', beside, { growth, gaps: beside.gaps / SLOW }),
    ];
  } finally {
    await control.close();
  }
}

/** The least of a server's heap and buffers until `work` settles: bytes. */
async function leastHeld(control: Control, work: Promise<unknown>): Promise<number> {
  const ending = new AbortController();
  const watching = watch(control, ending.signal);
  try {
    await work;
  } finally {
    ending.abort();
  }
  const held = (await watching).map(({ process }) => process.heapUsedBytes + process.externalBytes);
  return Math.min(...held);
}

/** How many gaps there were. Of slow readers nothing else may be told: what was missed was counted. */
function gapsOf({ violations }: WindowRecord): number {
  const gaps = violations.map((text) => /^(\d+) gaps$/.exec(text)?.[1]);
  const others = violations.filter((_, i) => gaps[i] === undefined);
  if (others.length > 0) throw new TrialFailure(`slow ones: ${others.join('; ')}`);
  return gaps.reduce((sum, count) => sum + Number(count), 0);
}

function measurementOf(
  lane: TransportName,
  cell: Cell,
  { record: { before, after, host, quantilesMs }, heldBytes }: Kept,
  more: Readonly<Record<string, number>>,
): Measurement {
  return {
    lane,
    cells: [cell],
    values: finiteOnly({ p50: quantilesMs.p50, p99: quantilesMs.p99, held: heldBytes / 1e6, ...more }),
    health: healthBetween(before, after, host),
  };
}
