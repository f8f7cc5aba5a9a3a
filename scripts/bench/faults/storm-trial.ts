import type { Stats } from '../../../server/wire.ts';
import type { Health } from '../../../web/results/schema.ts';
import type { Lab } from '../../testing/lab.ts';
import { delay, type RecoveryRecord } from '../driver/audience.ts';
import { openControl } from '../driver/control.ts';
import type { LineMethods } from '../driver/line.ts';
import { monotonicMs } from '../driver/monotonic.ts';
import type { Remote } from '../driver/rpc.ts';
import { CORES, pin } from '../machine.ts';
import { type TrialContext, TrialFailure } from '../scenario.ts';
import { cpuBetween, finiteOnly, healthBetween, meanLagMs } from '../scenarios/common.ts';
import { WATCH, watch } from './watch.ts';

/** Messages published while they are away. */
export const MISSED = 10;
/** What the server publishes itself, from its start, on a topic to which nobody subscribes. */
export const ASIDE_PER_SECOND = 100;
/** What has published nothing yet. */
const SILENT = { workload: { published: 0, lagSumMs: 0, lagMaxMs: 0 } } as const;
/** For how long it is measured what the server takes while nothing befalls anybody. */
export const CALM_MS = 3000;
/** The longest that anybody may take to come back. */
const WITHIN_MS = 60_000;

/** What befalls them. */
export interface Fault {
  readonly title: string;
  /** For how long the line is cut, at least. The server is told to leave, and started again, where it is none. */
  readonly cutMs?: number;
}

/** Who is lost, what they come through, and another server of the same feed, of which they do not know. */
interface Place {
  readonly id: string;
  readonly lines: readonly Remote<LineMethods>[];
  readonly beside: Lab;
}

/** What a storm was like. */
interface Storm {
  readonly before: Stats;
  /** For how long nobody could come back. */
  readonly awayMs: number;
  /** From before the fault to when all were back, of the process that was there in the end. */
  readonly samples: readonly Stats[];
  /** Connections tried meanwhile, by all together. */
  readonly attempts: number;
  readonly record: RecoveryRecord;
}

/** What the server takes while all are there and nothing befalls them, being watched as in a storm: a share of one processor. */
export async function calmCpu({ lab }: TrialContext): Promise<number> {
  const control = await openControl(lab.url);
  try {
    const samples = await watch(control, AbortSignal.timeout(CALM_MS));
    const [first, last] = [samples[0], samples.at(-1)];
    if (!first || !last || first === last)
      throw new TrialFailure('the server did not answer while nothing befell it');
    return cpuBetween(first, last) / 1000 / (last.at - first.at);
  } finally {
    await control.close();
  }
}

/** Has everybody lost, misses them something, and watches the server until all are back. */
export async function befall(
  { lab, driver }: TrialContext,
  place: Place,
  { cutMs }: Fault,
  payloadBytes: number,
): Promise<Storm> {
  // From here, not from the load: that is busy with those who come back.
  const control = await openControl(lab.url);
  const publishing = await openControl(place.beside.url);
  const ending = new AbortController();
  const { id, lines } = place;
  try {
    // Its longest lag is told from here; one that is started again begins with none.
    await control.setWorkload({ ratePerSecond: ASIDE_PER_SECOND });
    const before = await control.stats(WATCH);
    const attempts = await driver.call('attempts', id);
    const watching = watch(control, ending.signal);
    const miss = (): Promise<void> => publishing.publish(id, MISSED, payloadBytes);
    const { sinceMs, awayMs } = await (cutMs === undefined ? restart(lab, miss) : cutAll(lines, cutMs, miss));
    const { seq } = await publishing.newest(id);
    const record = await driver.call('recover', { id, seq, sinceMs, withinMs: WITHIN_MS });
    ending.abort();
    const watched = await watching;
    const lastPid = watched.at(-1)?.process.pid;
    const samples = watched.filter(({ process: { pid } }) => pid === lastPid);
    return { before, awayMs, samples, record, attempts: (await driver.call('attempts', id)) - attempts };
  } finally {
    ending.abort();
    await Promise.all([control.close(), publishing.close()]);
  }
}

/** For how long nobody could come back, and when that was over, by the machine's monotonic clock: ms. */
interface Absence {
  readonly awayMs: number;
  readonly sinceMs: number;
}

/** Nothing passes for this long, and for as long as `miss` takes: so many at once keep a processor busy for a while. */
async function cutAll(
  lines: readonly Remote<LineMethods>[],
  forMs: number,
  miss: () => Promise<void>,
): Promise<Absence> {
  await Promise.all(lines.map((line) => line.call('cut', undefined)));
  const cutMs = monotonicMs();
  await Promise.all([miss(), delay(forMs)]);
  const sinceMs = Math.min(...(await Promise.all(lines.map((line) => line.call('mend', undefined)))));
  return { awayMs: sinceMs - cutMs, sinceMs };
}

/** As `cutAll`. */
async function restart(lab: Lab, miss: () => Promise<void>): Promise<Absence> {
  let goneMs = 0;
  const missing = lab.exited.then(() => {
    goneMs = monotonicMs();
    return miss();
  });
  await Promise.all([lab.restart('SIGTERM'), missing]);
  const sinceMs = monotonicMs();
  await pin(lab.pid, CORES.server);
  return { awayMs: sinceMs - goneMs, sinceMs };
}

/** `calm` is what the server takes when nothing befalls them: a share of one processor. */
export function valuesOf(
  { before, awayMs, samples, attempts, record }: Storm,
  calm: number,
  subscribers: number,
): Record<string, number> {
  const { quantilesMs } = record;
  const last = samples.at(-1) ?? before;
  const same = last.process.pid === before.process.pid;
  const peak = Math.max(...samples.map((stats) => stats.process.rssBytes));
  const calmUs = calm * (last.at - before.at) * 1000;
  const busiest = Math.max(
    ...samples.slice(1).map((stats, i) => acceptedPerSecond(samples[i] ?? stats, stats)),
  );
  return finiteOnly({
    last: quantilesMs.max,
    p50: quantilesMs.p50,
    away: awayMs,
    peak: peak / 1e6,
    above: same ? (peak - before.process.rssBytes) / 1e6 : undefined,
    lag: meanLagMs(same ? before : SILENT, last),
    lagMax: last.workload.lagMaxMs,
    cpu: same ? (cpuBetween(before, last) - calmUs) / subscribers : undefined,
    attempts: attempts / subscribers,
    // Those that are there before a new process is first looked at would be missing.
    busiest: same ? busiest : undefined,
  });
}

function acceptedPerSecond(from: Stats, to: Stats): number {
  return (to.connectionsTotal - from.connectionsTotal) / ((to.at - from.at) / 1000);
}

/** Of the server as it was while they came back. */
export function healthOf({ before, samples, record }: Storm): Health {
  return healthBetween(samples[0] ?? before, samples.at(-1) ?? before, record.host);
}
