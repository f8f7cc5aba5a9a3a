import { TECHNIQUES, TRANSPORTS, type TransportName } from '../../../server/wire.ts';
import { predict } from '../../../web/model.ts';
import type { Cell, Measurement } from '../../../web/results/schema.ts';
import type { WindowRecord } from '../driver/audience.ts';
import { expectNone, type Scenario, type Subject, type TrialContext, TrialFailure } from '../scenario.ts';
import { HOLD_MS, type Settings, WARM_UP_MS } from '../settings.ts';
import {
  cpuBetween,
  finiteOnly,
  folkClaims,
  healthBetween,
  laneOf,
  meanLagMs,
  publishedBetween,
  TOPIC,
  trafficBetween,
  warmUp,
} from './common.ts';
import { LATENCY_METRICS, SEGMENT_HEADER_BYTES } from './latency-metrics.ts';

/** Circumstances that all transports are put in; a poll interval touches only those that have one. */
interface Point {
  readonly ratePerSecond: number;
  readonly subscribers: number;
  readonly delayMs: number;
  readonly intervalsMs: readonly number[];
}

/** One measurement of a transport at a point. */
interface Window {
  readonly point: Point;
  readonly intervalMs: number;
  readonly cells: readonly string[];
}

const DEFAULT_POINTS: readonly Point[] = [
  { ratePerSecond: 2, subscribers: 10, delayMs: 0, intervalsMs: [100, 500] },
  { ratePerSecond: 20, subscribers: 10, delayMs: 0, intervalsMs: [500] },
  { ratePerSecond: 200, subscribers: 10, delayMs: 0, intervalsMs: [500] },
  { ratePerSecond: 20, subscribers: 100, delayMs: 0, intervalsMs: [500] },
  { ratePerSecond: 20, subscribers: 10, delayMs: 25, intervalsMs: [500] },
];

/** Delivery latency and what it costs, over a grid of circumstances. */
export const latency: Scenario = {
  name: 'latency',
  async plan(settings) {
    const points = pointsOf(settings);
    const transports = settings.transports ?? TECHNIQUES;
    return {
      design: {
        title: 'Delivery',
        question: 'How late do messages come, and what does it cost to carry them?',
        method: [
          `Messages of ${settings.payloadBytes} B of data are published on a Poisson schedule by the server under test; the latency of a message runs from when it was due.`,
          'Subscribers are the clients that the dashboard uses, each with connections of its own, in one process beside the server.',
          'A trial is one transport with a server of its own: 2 s of warm-up, then a window for each cell. Each block has every transport once, in an order that is balanced over blocks.',
          'Cells with a delay go through a TCP proxy that holds everything back for that time in both directions.',
        ],
        lanes: transports.map(laneOf),
        cells: points.flatMap(cellsOf),
        metrics: LATENCY_METRICS,
        claims: folkClaims(transports),
        contrasts: [],
      },
      subjects: transports.map((transport) => subjectOf(transport, points, settings)),
    };
  },
};

function pointsOf({ clients, ratesPerSecond, intervalsMs }: Settings): readonly Point[] {
  if (!clients && !ratesPerSecond) {
    return intervalsMs ? DEFAULT_POINTS.map((point) => ({ ...point, intervalsMs })) : DEFAULT_POINTS;
  }
  return (clients ?? [10]).flatMap((subscribers) =>
    (ratesPerSecond ?? [20]).map((ratePerSecond) => ({
      ratePerSecond,
      subscribers,
      delayMs: 0,
      intervalsMs: intervalsMs ?? [100, 500],
    })),
  );
}

function cellId({ ratePerSecond, subscribers, delayMs }: Point, intervalMs: number): string {
  return `rate${ratePerSecond}-clients${subscribers}-delay${delayMs}-interval${intervalMs}`;
}

function cellsOf(point: Point): readonly Cell[] {
  const { ratePerSecond, subscribers, delayMs, intervalsMs } = point;
  return intervalsMs.map((intervalMs) => ({
    id: cellId(point, intervalMs),
    title: `${ratePerSecond}/s to ${subscribers}, poll every ${intervalMs} ms${delayMs > 0 ? `, ${delayMs} ms away` : ''}`,
    conditions: { ratePerSecond, subscribers, delayMs, intervalMs },
  }));
}

/** Long enough for several messages and several polls: ms. */
function windowOf({ ratePerSecond }: Point, short: boolean): number {
  const windowMs = ratePerSecond < 5 ? 2000 : 1000;
  return short ? windowMs * 0.75 : windowMs;
}

function subjectOf(transport: TransportName, points: readonly Point[], settings: Settings): Subject {
  const { paced, title } = TRANSPORTS[transport];
  /** One window for each interval where the transport polls at one; otherwise one for all of them. */
  const windows = points.flatMap((point): Window[] =>
    paced === 'interval'
      ? point.intervalsMs.map((intervalMs) => ({ point, intervalMs, cells: [cellId(point, intervalMs)] }))
      : [
          {
            point,
            intervalMs: 1000,
            cells: point.intervalsMs.map((intervalMs) => cellId(point, intervalMs)),
          },
        ],
  );
  const windowsMs = windows.reduce((sum, { point }) => sum + windowOf(point, settings.short) + 400, 0);
  return {
    id: transport,
    title,
    estimateMs: 1500 + WARM_UP_MS + windowsMs,
    serverFlags: ['--payload', String(settings.payloadBytes)],
    async run(context) {
      const records: {
        readonly window: Window;
        readonly record: WindowRecord;
        readonly roundTripMs: number;
      }[] = [];
      // Proxies start while nothing counts yet.
      await Promise.all([
        warmUp(context, transport, { subscribers: 10, ratePerSecond: 200 }),
        ...points.map(({ delayMs }) => context.addressOf(transport, delayMs)),
      ]);
      const roundTrips = new Map<number, number>();
      for (const window of windows) {
        const { point, intervalMs } = window;
        context.step(`${title}: ${point.ratePerSecond}/s to ${point.subscribers}`);
        const baseUrl = await context.addressOf(transport, point.delayMs);
        const roundTripMs = roundTrips.get(point.delayMs) ?? (await roundTrip(context, point.delayMs));
        roundTrips.set(point.delayMs, roundTripMs);
        const record = await measurePoint(context, transport, point, baseUrl, intervalMs, settings.short);
        expectNone(record.violations);
        if (record.deliveries === 0) throw new TrialFailure('no message was due in the window');
        records.push({ window, record, roundTripMs });
      }
      // What each subscriber waits for the one before, at whichever end it takes longer: judged by the window in
      // which fixed costs weigh least.
      const stepMs = Math.max(
        Math.min(...records.map(({ record }) => cpuPerDelivery(record))) / 1000,
        Math.min(
          ...records.map(
            ({ record: { host, deliveries } }) => (host.driverUtilisation * host.durationMs) / deliveries,
          ),
        ),
      );
      return records.map(({ window, record, roundTripMs }) => ({
        lane: transport,
        cells: window.cells,
        ...interpret(record, transport, window, { roundTripMs, stepMs }),
      }));
    },
  };
}

async function measurePoint(
  { driver, seed }: TrialContext,
  transport: TransportName,
  point: Point,
  baseUrl: string,
  intervalMs: number,
  short: boolean,
): Promise<WindowRecord> {
  const id = 'window';
  await driver.call('setWorkload', { ratePerSecond: point.ratePerSecond, seed });
  await driver.call('gather', {
    id,
    baseUrl,
    topic: TOPIC,
    transport,
    intervalMs,
    holdMs: HOLD_MS,
    seed: seed / 2 ** 32,
  });
  await driver.call('growTo', { id, count: point.subscribers });
  // One cycle on, what is delivered in a window is as much as what is published in it.
  if (TRANSPORTS[transport].paced === 'interval') await driver.call('pause', intervalMs);
  const record = await driver.call('measure', { id, windowMs: windowOf(point, short) });
  await driver.call('dismiss', id);
  return record;
}

/** Over HTTP, whatever the transport: the way is the same. */
async function roundTrip({ driver, addressOf }: TrialContext, delayMs: number): Promise<number> {
  return driver.call('roundTripMs', { baseUrl: await addressOf('short-poll', delayMs), topic: TOPIC });
}

/** Processor time of the server over messages delivered: µs. */
function cpuPerDelivery({ before, after, deliveries }: WindowRecord): number {
  return cpuBetween(before, after) / deliveries;
}

/** A window's figures, and what the model expects of them. */
function interpret(
  record: WindowRecord,
  transport: TransportName,
  { point: { subscribers, delayMs }, intervalMs }: Window,
  { roundTripMs, stepMs }: { readonly roundTripMs: number; readonly stepMs: number },
): Omit<Measurement, 'lane' | 'cells'> {
  const { before, after, host, deliveries, latency: times, quantilesMs, polls, cycle } = record;
  const traffic = trafficBetween(before, after, transport);
  const published = publishedBetween(before, after);
  const payloadBytes = published.envelopeBytes / published.messages;
  const bytes = (traffic.bytesIn + traffic.bytesOut) / deliveries;
  const headerBytes = (traffic.headerBytesIn + traffic.headerBytesOut) / deliveries;
  const isPoll = TRANSPORTS[transport].paced !== 'push';
  const direct = delayMs === 0; // through the proxy every byte passes this host's sockets twice
  const model = predict(TRANSPORTS[transport].paced, {
    // What really came, so that a window's luck is not held against the model.
    ratePerSecond: (published.messages * 1000) / host.durationMs,
    baseMs: (meanLagMs(before, after) ?? 0) + roundTripMs / 2,
    fanOutMs: subscribers * stepMs,
    cycleMs: Number.isFinite(cycle.meanMs) ? cycle.meanMs : intervalMs,
    cycleVariation: Number.isFinite(cycle.variation) ? cycle.variation : 0,
    reconnectMs: traffic.turnarounds > 0 ? traffic.turnaroundMs / traffic.turnarounds : roundTripMs,
    holdMs: HOLD_MS,
  });
  return {
    values: finiteOnly({
      ...quantilesMs,
      mean: times.meanMs,
      loss: 0,
      requests: traffic.requests / deliveries,
      emptyShare: isPoll ? polls.empty / polls.started : undefined,
      bytes,
      payloadBytes,
      framingBytes: bytes - payloadBytes - headerBytes,
      headerBytes,
      wireBytes:
        direct && host.segments !== undefined
          ? bytes + (host.segments * SEGMENT_HEADER_BYTES) / deliveries
          : undefined,
      cpu: cpuPerDelivery(record),
    }),
    model: finiteOnly({
      mean: model.latencyMs,
      requests: model.requestsPerMessage,
      emptyShare: isPoll ? model.emptyShare : undefined,
    }),
    histogram: times.histogram,
    health: healthBetween(before, after, host),
  };
}
