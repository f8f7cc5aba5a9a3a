import { randomExponential } from 'd3-random';
import { encodeIntoCompressedBase64 } from 'hdr-histogram-js';
import type { Stats, TransportName } from '../../../server/wire.ts';
import type { OpenPublisher, Publisher } from '../../../web/clients/client.ts';
import { newHistogram } from '../../../web/histogram.ts';
import type { NodeEnv } from '../../node-env.ts';
import { delay } from './audience.ts';
import type { Control } from './control.ts';
import { type HostUse, hostUse, readHost } from './host.ts';
import { createLaneEnv } from './lane-env.ts';
import { type QuantilesMs, quantilesOf } from './quantiles.ts';

/** An acknowledgement that comes later than this counts as none: ms. */
const ACKNOWLEDGED_MS = 5000;

/** The label of the publishers' traffic in the server's statistics. */
const PUBLISHERS = 'publishers';

export interface PublishOptions {
  readonly way: 'post' | TransportName;
  readonly baseUrl: string;
  readonly topic: string;
  readonly publishers: number;
  /** Of all together. */
  readonly ratePerSecond: number;
  readonly payloadBytes: number;
  readonly warmUpMs: number;
  readonly windowMs: number;
  readonly random: () => number;
}

export interface PublishRecord {
  readonly before: Stats;
  readonly after: Stats;
  readonly host: HostUse;
  /** Acknowledged messages that were due within the window. */
  readonly acknowledged: number;
  /** From when a message was due to be sent to when its acknowledgement was in hand: ms. */
  readonly latency: { readonly meanMs: number; readonly histogram: string };
  readonly quantilesMs: QuantilesMs;
  /** Actual minus due, of the sending: ms. */
  readonly lagMs: number;
  readonly violations: readonly string[];
}

/** Publishes on an absolute Poisson schedule (an open loop), each message by the next publisher in turn. */
export async function runPublishers(
  options: PublishOptions,
  open: OpenPublisher,
  control: Control,
): Promise<PublishRecord> {
  const lines: { env: NodeEnv; publisher: Publisher }[] = [];
  for (let i = 0; i < options.publishers; i++) {
    const env = createLaneEnv(options.way, { now: control.now });
    const { baseUrl, topic } = options;
    lines.push({ env, publisher: await open({ baseUrl, topic, client: PUBLISHERS }, env) });
  }
  const histogram = newHistogram();
  const draft = { type: 'tick', data: 'x'.repeat(options.payloadBytes) };
  const pending = new Set<Promise<void>>();
  const failures: string[] = [];
  const window = { fromMs: Number.POSITIVE_INFINITY, untilMs: Number.POSITIVE_INFINITY };
  let latencySumMs = 0;
  let lagSumMs = 0;
  let sent = 0;

  const publishOne = async (publisher: Publisher, dueMs: number): Promise<void> => {
    const counts = dueMs >= window.fromMs && dueMs < window.untilMs;
    if (counts) lagSumMs += performance.now() - dueMs;
    try {
      await publisher.publish(draft);
      if (!counts) return;
      const latencyMs = performance.now() - dueMs;
      if (latencyMs > ACKNOWLEDGED_MS) failures.push(`an acknowledgement took ${Math.round(latencyMs)} ms`);
      latencySumMs += latencyMs;
      histogram.recordValue(Math.round(latencyMs * 1000));
    } catch (error) {
      failures.push(error instanceof Error ? error.message : String(error));
    }
  };

  const gapMs = randomExponential.source(options.random)(options.ratePerSecond / 1000);
  let dueMs = performance.now();
  let timer: NodeJS.Timeout | undefined;
  const sendAllDue = (): void => {
    for (; dueMs <= performance.now(); dueMs += gapMs()) {
      const line = lines[sent % lines.length];
      sent += 1;
      if (!line) return;
      const publishing = publishOne(line.publisher, dueMs).finally(() => pending.delete(publishing));
      pending.add(publishing);
    }
    timer = setTimeout(sendAllDue, dueMs - performance.now());
  };
  sendAllDue();

  await delay(options.warmUpMs);
  const before = await control.stats(PUBLISHERS);
  const hostBefore = readHost();
  window.fromMs = performance.now();
  window.untilMs = window.fromMs + options.windowMs;
  await delay(options.windowMs);
  const host = hostUse(hostBefore, readHost());
  const after = await control.stats(PUBLISHERS);
  clearTimeout(timer);
  await Promise.all(pending);
  for (const { env, publisher } of lines) {
    publisher.close();
    await env.close();
  }
  const acknowledged = histogram.totalCount;
  return {
    before,
    after,
    host,
    acknowledged,
    latency: { meanMs: latencySumMs / acknowledged, histogram: encodeIntoCompressedBase64(histogram) },
    quantilesMs: quantilesOf(histogram),
    lagMs: lagSumMs / acknowledged,
    violations:
      failures.length === 0
        ? []
        : [`${failures.length} messages were not acknowledged in time: ${failures[0]}`],
  };
}
