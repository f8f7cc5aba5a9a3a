import { TECHNIQUES, TRANSPORTS, type TransportName } from '../../../server/wire.ts';
import type { Cell, Comparison, Lane, Measurement, Metric } from '../../../web/results/schema.ts';
import type { Handshake } from '../driver/connects.ts';
import type { LineMethods } from '../driver/line.ts';
import type { Remote } from '../driver/rpc.ts';
import { blockOrder } from '../order.ts';
import { expectNone, type Scenario, type Subject, type TrialContext } from '../scenario.ts';
import { type Settings, WARM_UP_MS } from '../settings.ts';
import { costMetric, cpuBetween, finiteOnly, healthBetween, laneOf, TOPIC, warmUp } from './common.ts';
import {
  type DeliveryRecord,
  type DeliveryWindow,
  interpretDeliveries,
  measureDeliveries,
  roundTrip,
} from './deliveries.ts';

const DEFAULT_RATES: readonly number[] = [20, 200];
const DEFAULT_SUBSCRIBERS = 20;
const DEFAULT_INTERVAL_MS = 250;
const WINDOW_MS = 800;

const CONNECTIONS = 150;
/** Connections that come and go before those that count. */
const WARM_UP_CONNECTIONS = 50;

/** What a record of TLS 1.3 adds to what it carries: head, type and tag (RFC 8446 §5.2, RFC 5116 §5.1). */
const RECORD_BYTES = 5 + 1 + 16;

const MESSAGE = 'A message';
const CONNECTION = 'A connection';

const METRICS: readonly Metric[] = [
  costMetric(
    'lineBytes',
    'Bytes per delivered message on the line',
    'B',
    true,
    'All that passed the line in both directions over messages delivered: what TLS adds is in it, TCP and IP are not.',
  ),
  costMetric(
    'bytes',
    'Bytes per delivered message at the socket',
    'B',
    false,
    'The same as the server counts it, within TLS.',
  ),
  costMetric(
    'cpu',
    'Server CPU per delivered message',
    'µs',
    true,
    'User and system time of the server process over messages delivered.',
  ),
  costMetric(
    'p50',
    'Delivery latency, median',
    'ms',
    false,
    'From when a message was due to when the subscriber’s callback had it, parsed.',
  ),
  costMetric(
    'connectTime',
    'Time to the first answer of a new connection, median',
    'ms',
    true,
    'From the first packet to the first byte of the answer to a first short poll, on a line without delay: distance adds a round trip for TCP, one for TLS, full or resumed, and one for the answer.',
  ),
  costMetric(
    'connectBytes',
    'Bytes of a new connection on the line',
    'B',
    true,
    'All that passed in both directions until it was closed, that first short poll included; TCP and IP are not.',
  ),
  costMetric(
    'connectCpu',
    'Server CPU per new connection',
    'µs',
    true,
    'User and system time of the server process over connections, each with its first short poll.',
  ),
];

type Carrier = 'plain' | 'tls';

const CARRIERS: readonly Carrier[] = ['plain', 'tls'];

const SERVERS: Readonly<
  Record<Carrier, { title: string; flags: readonly string[]; handshakes: readonly Handshake[] }>
> = {
  plain: { title: 'plain', flags: [], handshakes: ['none'] },
  tls: { title: 'TLS', flags: ['--tls'], handshakes: ['full', 'resumed'] },
};

/** What a connection is made of, as lanes. */
const HANDSHAKE_LANES: Readonly<Record<Handshake, Lane>> = {
  none: { id: 'connect-tcp', title: 'TCP', colour: '#7f7f7f' },
  full: { id: 'connect-tls', title: 'TLS', colour: '#8a6d00' },
  resumed: { id: 'connect-resumed', title: 'TLS, resumed', colour: '#56b4e9' },
};

/** What it costs that nobody on the way can read along. */
export const tls: Scenario = {
  name: 'tls',
  async plan(settings) {
    const transports = settings.transports ?? TECHNIQUES;
    const windows = windowsOf(settings);
    return {
      design: {
        title: 'TLS',
        question: 'What does TLS cost, per message and per connection?',
        method: [
          `The same server without TLS and with it (TLS 1.3, a certificate with an ECDSA key on P-256), each in a process of its own in every block, all transports in turn. Messages of ${settings.payloadBytes} B of data on one Poisson schedule; short polls come every ${windows[0]?.intervalMs} ms.`,
          'Bytes are counted outside both server and load, by a line between them: beneath TLS, where the server’s own count is within it.',
          `New connections come one after the other, with a pause between: ${CONNECTIONS} of each kind, after ${WARM_UP_CONNECTIONS} that do not count. Each asks for one short poll and is closed. A session is resumed by the ticket of the connection before (RFC 8446 §2.2).`,
          `What is expected of bytes: as many as the server counts, and with TLS ${RECORD_BYTES} for each record; each message pushed, each request and each answer is taken for one.`,
        ],
        lanes: [
          ...transports.flatMap((transport) => CARRIERS.map((carrier) => laneOver(transport, carrier))),
          ...Object.values(HANDSHAKE_LANES),
        ],
        cells: [...windows.map(cellOf), CONNECTION_CELL],
        metrics: METRICS,
        claims: [],
        contrasts: [],
        comparisons: [...transports.map(withAndWithout), ...HANDSHAKE_COMPARISONS],
      },
      subjects: CARRIERS.map((carrier) => subjectOf(carrier, transports, windows, settings)),
    };
  },
};

function windowsOf({ clients, ratesPerSecond, intervalsMs, short }: Settings): readonly DeliveryWindow[] {
  return (ratesPerSecond ?? DEFAULT_RATES).map((ratePerSecond) => ({
    ratePerSecond,
    subscribers: clients?.[0] ?? DEFAULT_SUBSCRIBERS,
    delayMs: 0,
    intervalMs: intervalsMs?.[0] ?? DEFAULT_INTERVAL_MS,
    windowMs: short ? WINDOW_MS / 2 : WINDOW_MS,
  }));
}

function titleOf({ ratePerSecond, subscribers }: DeliveryWindow): string {
  return `${ratePerSecond}/s to ${subscribers}`;
}

function cellOf(window: DeliveryWindow): Cell {
  const { ratePerSecond, subscribers, intervalMs } = window;
  return {
    id: `rate${ratePerSecond}-clients${subscribers}`,
    title: titleOf(window),
    group: MESSAGE,
    conditions: { ratePerSecond, subscribers, intervalMs },
  };
}

const CONNECTION_CELL: Cell = {
  id: `connect${CONNECTIONS}`,
  title: `${CONNECTIONS} connect`,
  group: CONNECTION,
  conditions: { connections: CONNECTIONS },
};

function laneOver(transport: TransportName, carrier: Carrier): Lane {
  const lane = laneOf(transport);
  return carrier === 'plain' ? lane : { ...lane, id: `${lane.id}-tls`, title: `${lane.title} over TLS` };
}

function withAndWithout(transport: TransportName): Comparison {
  return { lane: laneOver(transport, 'tls').id, against: laneOver(transport, 'plain').id };
}

const HANDSHAKE_COMPARISONS: readonly Comparison[] = [
  { lane: HANDSHAKE_LANES.full.id, against: HANDSHAKE_LANES.none.id },
  { lane: HANDSHAKE_LANES.resumed.id, against: HANDSHAKE_LANES.none.id },
  { lane: HANDSHAKE_LANES.resumed.id, against: HANDSHAKE_LANES.full.id },
];

/** One server process for all transports, which take turns in another order in each block. */
function subjectOf(
  carrier: Carrier,
  transports: readonly TransportName[],
  windows: readonly DeliveryWindow[],
  { payloadBytes }: Settings,
): Subject {
  const { title, flags, handshakes } = SERVERS[carrier];
  const windowsMs = windows.reduce((sum, { windowMs, intervalMs }) => sum + windowMs + intervalMs + 100, 0);
  return {
    id: carrier,
    title,
    estimateMs: 2000 + WARM_UP_MS + transports.length * windowsMs + handshakes.length * 8 * CONNECTIONS,
    serverFlags: ['--payload', String(payloadBytes), ...flags],
    async run(context) {
      const line = await context.openLine();
      const measurements: Measurement[] = [];
      for (const index of blockOrder(transports.length + 1, context.seed)) {
        const transport = transports[index];
        const measured = transport
          ? await measureTransport(context, line, transport, windows, carrier)
          : await measureConnections(context, handshakes);
        measurements.push(...measured);
      }
      return measurements;
    },
  };
}

async function measureTransport(
  context: TrialContext,
  line: Remote<LineMethods>,
  transport: TransportName,
  windows: readonly DeliveryWindow[],
  carrier: Carrier,
): Promise<readonly Measurement[]> {
  const { title, paced } = TRANSPORTS[transport];
  await warmUp(context, transport, { subscribers: 10, ratePerSecond: 200 }, WARM_UP_MS / 4);
  const roundTripMs = await roundTrip(context, 0);
  const through = await line.call('open', { target: await context.addressOf(transport), counted: true });
  const overLine = { ...context, addressOf: async () => through };
  const records: DeliveryRecord[] = [];
  const lineBytes: number[] = [];
  for (const window of windows) {
    context.step(`${SERVERS[carrier].title}: ${title}, ${titleOf(window)}`);
    const measured = await measureDeliveries(overLine, transport, window, roundTripMs);
    records.push(measured);
    lineBytes.push((await line.call('bytesWithin', measured.record.openMs)) / measured.record.deliveries);
  }
  return interpretDeliveries(transport, records).map(({ values, histogram, health }, i) => {
    const { bytes = Number.NaN, requests = Number.NaN, cpu, p50 } = values;
    const tlsRecords = carrier === 'plain' ? 0 : paced === 'push' ? 1 : 2 * requests;
    return {
      lane: laneOver(transport, carrier).id,
      cells: windows.slice(i, i + 1).map((window) => cellOf(window).id),
      values: finiteOnly({ lineBytes: lineBytes[i], bytes, cpu, p50 }),
      model: finiteOnly({ lineBytes: bytes + RECORD_BYTES * tlsRecords }),
      ...(histogram !== undefined && { histogram }),
      health,
    };
  });
}

async function measureConnections(
  { driver, lab, step }: TrialContext,
  handshakes: readonly Handshake[],
): Promise<readonly Measurement[]> {
  await driver.call('setWorkload', { ratePerSecond: 0 });
  const measurements: Measurement[] = [];
  for (const handshake of handshakes) {
    step(`New connections: ${HANDSHAKE_LANES[handshake].title}`);
    const record = await driver.call('connects', {
      baseUrl: lab.url,
      topic: TOPIC,
      handshake,
      warmUp: WARM_UP_CONNECTIONS,
      connections: CONNECTIONS,
    });
    expectNone(record.violations);
    const { before, after, host, quantilesMs, bytes } = record;
    measurements.push({
      lane: HANDSHAKE_LANES[handshake].id,
      cells: [CONNECTION_CELL.id],
      values: {
        connectTime: quantilesMs.p50,
        connectBytes: bytes / CONNECTIONS,
        connectCpu: cpuBetween(before, after) / CONNECTIONS,
      },
      health: healthBetween(before, after, host),
    });
  }
  return measurements;
}
