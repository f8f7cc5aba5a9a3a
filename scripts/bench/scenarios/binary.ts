import { BINARY_PROTOCOL, TRANSPORT_NAMES, TRANSPORTS, type TransportName } from '../../../server/wire.ts';
import type { Cell, Lane, Measurement, Metric } from '../../../web/results/schema.ts';
import type { Scenario, Subject, TrialContext } from '../scenario.ts';
import type { Settings } from '../settings.ts';
import {
  CPU_PER_DELIVERY,
  costMetric,
  cpuBetween,
  finiteOnly,
  healthBetween,
  laneOf,
  trafficBetween,
} from './common.ts';
import { type DeliveryRecord, measureDeliveries } from './deliveries.ts';

const KIB = 1024;
const MIB = 1024 ** 2;

/** Messages of one size, at a rate that two processors bear on every lane. */
interface Window {
  readonly payloadBytes: number;
  readonly ratePerSecond: number;
  readonly subscribers: number;
  readonly windowMs: number;
}

const WINDOWS: readonly Window[] = [
  { payloadBytes: KIB, ratePerSecond: 200, subscribers: 10, windowMs: 500 },
  { payloadBytes: 64 * KIB, ratePerSecond: 20, subscribers: 10, windowMs: 600 },
  { payloadBytes: MIB, ratePerSecond: 16, subscribers: 2, windowMs: 1000 },
];

const WARM_UP: Window = { payloadBytes: KIB, ratePerSecond: 200, subscribers: 10, windowMs: 500 };

const INTERVAL_MS = 250;

const METRICS: readonly Metric[] = [
  costMetric(
    'bytesPerByte',
    'Bytes at the socket per byte of payload',
    '',
    true,
    'All that passed the sockets in both directions, heads included, over the bytes that were published and delivered.',
  ),
  CPU_PER_DELIVERY,
  costMetric('cpuPerMib', 'Server CPU per MiB of payload', 'ms', false, 'The same over what was delivered.'),
  costMetric(
    'p50',
    'Delivery latency, median',
    'ms',
    true,
    'From when a message was due to when the subscriber’s callback had its bytes; half of all deliveries took longer.',
  ),
];

/** One way of carrying bytes. */
interface BinaryLane {
  readonly lane: Lane;
  readonly transport: TransportName;
  readonly binary: boolean;
}

const FRAMES = 'websocket';
const BASE64 = 'websocket-base64';

/** What it costs to carry bytes as text. */
export const binary: Scenario = {
  name: 'binary',
  async plan(settings) {
    const lanes = lanesOf(settings);
    return {
      design: {
        title: 'Bytes',
        question: 'What does base64 cost beside binary frames?',
        method: [
          `Random bytes, published on a Poisson schedule by the server under test. Over WebSocket they travel as binary frames to clients that ask for the subprotocol ${BINARY_PROTOCOL}, and as base64 in JSON to those that do not; on all other lanes as base64 in JSON.`,
          'A delivery ends when the subscriber has the bytes: base64 is decoded by then, which is the load’s affair and in no figure of the server’s but the latency.',
          'What is encoded is encoded once for all subscribers of a lane: with more of them it weighs less in each delivery, and what goes to the socket weighs the same.',
          `Every lane has a server of its own in each block, and ${WARM_UP.windowMs} ms of warm-up. Short polls come every ${INTERVAL_MS} ms.`,
        ],
        lanes: lanes.map(({ lane }) => lane),
        cells: WINDOWS.map(cellOf),
        metrics: METRICS,
        claims: [{ better: FRAMES, worse: BASE64, source: 'lab' }],
        contrasts: [],
        comparisons: lanes.flatMap(({ lane: { id } }) =>
          id === FRAMES ? [] : { lane: id, against: FRAMES },
        ),
      },
      subjects: lanes.map((way) => subjectOf(way, settings)),
    };
  },
};

function lanesOf({ transports }: Settings): readonly BinaryLane[] {
  const wanted = transports ?? TRANSPORT_NAMES.filter((name) => isUsual(TRANSPORTS[name].family));
  return wanted.flatMap((transport): BinaryLane[] => {
    const plain = { lane: laneOf(transport), transport, binary: true };
    if (transport !== FRAMES) return [plain];
    const frames = { ...plain, lane: { ...plain.lane, title: 'WebSocket, binary frames' } };
    const base64 = { id: BASE64, title: 'WebSocket, base64', colour: '#8a6d00' };
    return [frames, { lane: base64, transport, binary: false }];
  });
}

function isUsual(family: (typeof TRANSPORTS)[TransportName]['family']): boolean {
  return family === 'technique' || family === 'library';
}

function cellOf({ payloadBytes, ratePerSecond, subscribers }: Window): Cell {
  const size = payloadBytes < MIB ? `${payloadBytes / KIB} KiB` : `${payloadBytes / MIB} MiB`;
  return {
    id: `payload${payloadBytes}`,
    title: `${size}, ${ratePerSecond}/s to ${subscribers}`,
    group: 'A message of bytes',
    conditions: { payloadBytes, ratePerSecond, subscribers },
  };
}

function subjectOf(way: BinaryLane, { short }: Settings): Subject {
  const { id, title } = way.lane;
  const windows = WINDOWS.map((window) => (short ? { ...window, windowMs: window.windowMs * 0.75 } : window));
  const windowsMs = [WARM_UP, ...windows].reduce((sum, { windowMs }) => sum + windowMs, 0);
  return {
    id,
    title,
    estimateMs: 1500 + windowsMs,
    serverFlags: ['--payload-kind', 'binary', '--payload', String(WARM_UP.payloadBytes)],
    async run(context) {
      context.step(`${title}: warm-up`);
      await measure(context, way, WARM_UP);
      const measurements: Measurement[] = [];
      for (const window of windows) {
        const cell = cellOf(window);
        context.step(`${title}: ${cell.title}`);
        const record = await measure(context, way, window);
        measurements.push({ lane: id, cells: [cell.id], ...interpret(way, window, record) });
      }
      return measurements;
    },
  };
}

async function measure(
  context: TrialContext,
  { transport, binary }: BinaryLane,
  { payloadBytes, ...window }: Window,
): Promise<DeliveryRecord> {
  await context.driver.call('setWorkload', { payloadBytes, ratePerSecond: 0 });
  return measureDeliveries(context, transport, { ...window, binary, delayMs: 0, intervalMs: INTERVAL_MS }, 0);
}

function interpret(
  { transport }: BinaryLane,
  { payloadBytes, windowMs }: Window,
  { record: { before, after, host, deliveries, quantilesMs, latency } }: DeliveryRecord,
): Omit<Measurement, 'lane' | 'cells'> {
  const { bytesIn, bytesOut } = trafficBetween(before, after, transport);
  const cpu = cpuBetween(before, after);
  // A load that is busy with mebibytes asks for the statistics late: more was sent by then than the window has seen.
  const messages = (deliveries * (after.at - before.at)) / windowMs;
  const delivered = messages * payloadBytes;
  return {
    values: finiteOnly({
      bytesPerByte: (bytesIn + bytesOut) / delivered,
      cpu: cpu / messages,
      cpuPerMib: cpu / 1000 / (delivered / MIB),
      p50: quantilesMs.p50,
    }),
    histogram: latency.histogram,
    health: healthBetween(before, after, host),
  };
}
