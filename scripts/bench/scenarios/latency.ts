import { TECHNIQUES, TRANSPORTS, type TransportName } from '../../../server/wire.ts';
import type { Cell } from '../../../web/results/schema.ts';
import type { Scenario, Subject } from '../scenario.ts';
import { type Settings, WARM_UP_MS } from '../settings.ts';
import { folkClaims, laneOf, warmUp } from './common.ts';
import {
  type DeliveryRecord,
  interpretDeliveries,
  measureDeliveries,
  roundTrip,
  whyNoModel,
} from './deliveries.ts';
import { LATENCY_METRICS } from './latency-metrics.ts';

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
          ...transports.flatMap((name) => whyNoModel(name) ?? []),
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
      const records: DeliveryRecord[] = [];
      // Proxies start while nothing counts yet.
      await Promise.all([
        warmUp(context, transport, { subscribers: 10, ratePerSecond: 200 }),
        ...points.map(({ delayMs }) => context.addressOf(transport, delayMs)),
      ]);
      const roundTrips = new Map<number, number>();
      for (const { point, intervalMs } of windows) {
        const { delayMs } = point;
        context.step(`${title}: ${point.ratePerSecond}/s to ${point.subscribers}`);
        const roundTripMs = roundTrips.get(delayMs) ?? (await roundTrip(context, delayMs));
        roundTrips.set(delayMs, roundTripMs);
        const window = { ...point, intervalMs, windowMs: windowOf(point, settings.short) };
        records.push(await measureDeliveries(context, transport, window, roundTripMs));
      }
      const figures = interpretDeliveries(transport, records);
      return figures.map((figure, i) => ({ lane: transport, cells: windows[i]?.cells ?? [], ...figure }));
    },
  };
}
