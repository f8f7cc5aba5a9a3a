import { TRANSPORTS, type TransportName } from '../../../server/wire.ts';
import { predict } from '../../../web/model.ts';
import type { Measurement } from '../../../web/results/schema.ts';
import type { WindowRecord } from '../driver/audience.ts';
import { connectionsOf } from '../driver/lane-env.ts';
import { expectNone, type TrialContext, TrialFailure } from '../scenario.ts';
import { HOLD_MS } from '../settings.ts';
import {
  cpuBetween,
  finiteOnly,
  healthBetween,
  meanLagMs,
  publishedBetween,
  TOPIC,
  trafficBetween,
} from './common.ts';
import { SEGMENT_HEADER_BYTES } from './latency-metrics.ts';

/** A window in which an audience is sent messages. */
export interface DeliveryWindow {
  readonly ratePerSecond: number;
  readonly subscribers: number;
  /** Of the line, in each direction. */
  readonly delayMs: number;
  /** Of those that poll at one. */
  readonly intervalMs: number;
  readonly windowMs: number;
  /** False where bytes are to come as base64 on any transport. */
  readonly binary?: boolean;
}

/** What came of it. */
export interface DeliveryRecord {
  readonly window: DeliveryWindow;
  readonly record: WindowRecord;
  readonly roundTripMs: number;
}

/** Over HTTP, whatever the transport: the way is the same. */
export async function roundTrip({ driver, addressOf }: TrialContext, delayMs: number): Promise<number> {
  return driver.call('roundTripMs', { baseUrl: await addressOf('short-poll', delayMs), topic: TOPIC });
}

/** Gathers an audience, measures, and sends it home. Throws a TrialFailure where there are no figures. */
export async function measureDeliveries(
  { driver, addressOf, seed }: TrialContext,
  transport: TransportName,
  window: DeliveryWindow,
  roundTripMs: number,
): Promise<DeliveryRecord> {
  const { ratePerSecond, subscribers, delayMs, intervalMs, windowMs, binary } = window;
  const id = 'window';
  await driver.call('setWorkload', { ratePerSecond, seed });
  await driver.call('gather', {
    id,
    baseUrl: await addressOf(transport, delayMs),
    topic: TOPIC,
    transport,
    intervalMs,
    holdMs: HOLD_MS,
    binary,
    seed: seed / 2 ** 32,
  });
  await driver.call('growTo', { id, count: subscribers });
  // One cycle on, what is delivered in a window is as much as what is published in it.
  if (TRANSPORTS[transport].paced === 'interval') await driver.call('pause', intervalMs);
  const record = await driver.call('measure', { id, windowMs });
  await driver.call('dismiss', id);
  expectNone(record.violations);
  if (record.deliveries === 0) throw new TrialFailure('no message was due in the window');
  return { window, record, roundTripMs };
}

/** The figures of a transport's windows, one after the other, and what the model expects of them. */
export function interpretDeliveries(
  transport: TransportName,
  records: readonly DeliveryRecord[],
): readonly Omit<Measurement, 'lane' | 'cells'>[] {
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
  return records.map((record) => interpret(transport, record, stepMs));
}

/** Why the model says nothing of a transport; undefined where it does. */
export function whyNoModel(transport: TransportName): string | undefined {
  if (connectionsOf(transport) === 1) return undefined;
  return `${TRANSPORTS[transport].title} has no model: it asks over two connections in turn, and the gap between an answer and the next request, from which the model starts, is read on one.`;
}

/** Processor time of the server over messages delivered: µs. */
function cpuPerDelivery({ before, after, deliveries }: WindowRecord): number {
  return cpuBetween(before, after) / deliveries;
}

function interpret(
  transport: TransportName,
  { window: { subscribers, delayMs, intervalMs }, record, roundTripMs }: DeliveryRecord,
  stepMs: number,
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
    model:
      whyNoModel(transport) === undefined
        ? finiteOnly({
            mean: model.latencyMs,
            requests: model.requestsPerMessage,
            emptyShare: isPoll ? model.emptyShare : undefined,
          })
        : {},
    histogram: times.histogram,
    health: healthBetween(before, after, host),
  };
}
