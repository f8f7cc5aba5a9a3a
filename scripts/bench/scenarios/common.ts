import {
  DEFAULT_TOPIC,
  folkRankOf,
  isTechnique,
  type Stats,
  TRANSPORTS,
  type Traffic,
  type TrafficName,
  type TransportName,
} from '../../../server/wire.ts';
import type { Claim, Comparison, Health, Lane, Metric } from '../../../web/results/schema.ts';
import { disturbanceOf, type HostUse } from '../driver/host.ts';
import type { TrialContext } from '../scenario.ts';
import { HOLD_MS, WARM_UP_MS } from '../settings.ts';

export const TOPIC = DEFAULT_TOPIC;

export function laneOf(transport: TransportName): Lane {
  const { title, colour } = TRANSPORTS[transport];
  return { id: transport, title, transport, colour };
}

/** A lane for publishing by POST, which is no transport and has a colour of its own. */
export function postLane(id: string): Lane {
  return { id, title: 'POST', colour: '#8a6d00' };
}

/** The folk ranking as claims: each transport against each that is said to be worse, its next neighbours first. */
export function folkClaims(transports: readonly TransportName[]): readonly Claim[] {
  const ranked = transports.filter(isTechnique).sort((a, b) => folkRankOf(a) - folkRankOf(b));
  return ranked.flatMap((_, distance) =>
    ranked.flatMap((better, i) => {
      const worse = ranked[i + distance + 1];
      return worse === undefined ? [] : [{ better, worse, source: 'folk' as const }];
    }),
  );
}

/**
 * Each transport held against the one it is built on, or that has taken its place, where both are there; the floor is
 * what others are held against.
 */
export function comparisonsOf(transports: readonly TransportName[]): readonly Comparison[] {
  return transports.flatMap((name) => {
    const { against, family } = TRANSPORTS[name];
    if (against === undefined || !transports.includes(against)) return [];
    return family === 'control' ? { lane: against, against: name } : { lane: name, against };
  });
}

/** What a lane's traffic grew by between two statistics. */
export function trafficBetween(before: Stats, after: Stats, name: TrafficName): Traffic {
  const from = before.traffic[name];
  const to = after.traffic[name];
  const entries = Object.keys(to).map((key) => {
    const field = key as keyof Traffic; // the keys of a Traffic
    return [field, to[field] - from[field]];
  });
  return Object.fromEntries(entries) as Traffic; // the same keys again
}

/** Processor time of the server between two statistics: µs. */
export function cpuBetween(before: Stats, after: Stats): number {
  const used = (stats: Stats) => stats.process.cpuUserMs + stats.process.cpuSystemMs;
  return (used(after) - used(before)) * 1000;
}

export function publishedBetween(before: Stats, after: Stats): { messages: number; envelopeBytes: number } {
  const count = (stats: Stats) => stats.topics[TOPIC] ?? { published: 0, envelopeBytes: 0 };
  return {
    messages: count(after).published - count(before).published,
    envelopeBytes: count(after).envelopeBytes - count(before).envelopeBytes,
  };
}

export function healthBetween(before: Stats, after: Stats, host: HostUse): Health {
  const active = after.process.eventLoopActiveMs - before.process.eventLoopActiveMs;
  const idle = after.process.eventLoopIdleMs - before.process.eventLoopIdleMs;
  const lag = meanLagMs(before, after);
  return {
    driverUtilisation: host.driverUtilisation,
    serverUtilisation: active / (active + idle),
    ...(lag === undefined ? {} : { publisherLagMs: lag }),
    ...disturbanceOf(host),
  };
}

/** Mean publisher lag between two statistics, ms; undefined where nothing was published. */
export function meanLagMs(
  before: Pick<Stats, 'workload'>,
  after: Pick<Stats, 'workload'>,
): number | undefined {
  const messages = after.workload.published - before.workload.published;
  return messages === 0 ? undefined : (after.workload.lagSumMs - before.workload.lagSumMs) / messages;
}

/** The values that are numbers: what could not be measured has no entry. */
export function finiteOnly(values: Record<string, number | undefined>): Record<string, number> {
  const finite = Object.entries(values).filter(([, value]) => value !== undefined && Number.isFinite(value));
  return Object.fromEntries(finite) as Record<string, number>; // undefined was filtered out
}

export function metric(
  id: string,
  title: string,
  unit: string,
  better: Metric['better'],
  judged: boolean,
  definition: string,
): Metric {
  return { id, title, unit, better, judged, definition };
}

/** A metric of which less is better. */
export function costMetric(
  id: string,
  title: string,
  unit: string,
  judged: boolean,
  definition: string,
): Metric {
  return metric(id, title, unit, 'lower', judged, definition);
}

/** What a delivery takes where the server publishes as well. */
export const CPU_PER_DELIVERY = costMetric(
  'cpu',
  'Server CPU per delivery',
  'µs',
  true,
  'User and system time of the server process over messages delivered, publishing included.',
);

/** Subscribers come, get messages at `ratePerSecond` and leave again: what they touch is compiled by then. */
export async function warmUp(
  { driver, addressOf, seed, step }: TrialContext,
  transport: TransportName,
  { subscribers, ratePerSecond }: { readonly subscribers: number; readonly ratePerSecond: number },
  forMs = WARM_UP_MS,
): Promise<void> {
  step(`${TRANSPORTS[transport].title}: warm-up`);
  const id = 'warm-up';
  const audience = {
    id,
    baseUrl: await addressOf(transport),
    topic: TOPIC,
    transport,
    intervalMs: 50,
    holdMs: HOLD_MS,
    seed: 0,
  };
  await driver.call('setWorkload', { ratePerSecond, seed });
  await driver.call('gather', audience);
  await driver.call('growTo', { id, count: subscribers });
  await driver.call('measure', { id, windowMs: forMs });
  await driver.call('dismiss', id);
}
