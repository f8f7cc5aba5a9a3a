import { TRANSPORT_NAMES, TRANSPORTS, type TransportName } from '../../../server/wire.ts';
import type { Cell, Measurement, Metric } from '../../../web/results/schema.ts';
import { expectNone, type Scenario, type Subject, type TrialContext } from '../scenario.ts';
import { HOLD_MS, type Settings, WARM_UP_MS } from '../settings.ts';
import {
  comparisonsOf,
  costMetric,
  cpuBetween,
  finiteOnly,
  healthBetween,
  laneOf,
  TOPIC,
  trafficBetween,
  warmUp,
} from './common.ts';
import {
  type DeliveryRecord,
  interpretDeliveries,
  measureDeliveries,
  roundTrip,
  whyNoModel,
} from './deliveries.ts';
import { grow, SETTLE_MS, slopeKb } from './growth.ts';
import { LATENCY_METRICS } from './latency-metrics.ts';

const DEFAULT_RATES: readonly number[] = [20, 200];
const DEFAULT_SUBSCRIBERS = 10;
const DEFAULT_INTERVAL_MS = 500;
const WINDOW_MS = 800;

const CONNECTIONS = 300;
/** Connections that come and go before those that count. */
const WARM_UP_CONNECTIONS = 100;
/** Memory is read at so many sizes of the audience, evenly spaced, the empty one included. */
const SIZES = 3;
/** What a poller costs once it is connected is the messages' affair: none polls again while connections are made. */
const NEVER_MS = 600_000;

const MESSAGE = 'A message';
const CONNECTION = 'A connection';

const MESSAGE_METRICS = LATENCY_METRICS.filter(({ id }) =>
  ['p50', 'mean', 'requests', 'bytes', 'wireBytes', 'cpu'].includes(id),
);

const CONNECTION_METRICS: readonly Metric[] = [
  costMetric(
    'connectRequests',
    'Requests per connection',
    '',
    true,
    'HTTP requests and upgrades until a subscriber stands where it is to be sent the next message; one that is held counts.',
  ),
  costMetric(
    'connectBytes',
    'Bytes per connection',
    'B',
    true,
    'All that passed the sockets in both directions until then.',
  ),
  costMetric(
    'connectCpu',
    'Server CPU per connection made',
    'µs',
    true,
    `User and system time of the server process while ${CONNECTIONS} subscribers connected, over their number.`,
  ),
  costMetric(
    'connectRss',
    'Resident memory per connection',
    'KB',
    true,
    `Slope of the server’s resident memory over ${SIZES} sizes of the audience (least squares). Memory that was free before is used first, and nothing is collected by force: single trials scatter.`,
  ),
];

/** What every lane costs, and what each takes of what it is built on, or of what has taken its place. */
export const lanes: Scenario = {
  name: 'lanes',
  async plan(settings) {
    const transports = settings.transports ?? TRANSPORT_NAMES;
    const windows = windowsOf(settings);
    return {
      design: {
        title: 'Built on top, before, and beneath',
        question:
          'What do libraries cost over what they are built on, and what did fallbacks cost in their day?',
        method: methodOf(transports, settings),
        lanes: transports.map(laneOf),
        cells: [...windows.map(({ cell }) => cell), CONNECTION_CELL],
        metrics: [...MESSAGE_METRICS, ...CONNECTION_METRICS],
        claims: [],
        contrasts: [],
        comparisons: comparisonsOf(transports),
      },
      subjects: transports.map((transport) => subjectOf(transport, windows, settings)),
    };
  },
};

interface Window {
  readonly cell: Cell;
  readonly ratePerSecond: number;
  readonly subscribers: number;
  readonly intervalMs: number;
}

function windowsOf({ clients, ratesPerSecond, intervalsMs }: Settings): readonly Window[] {
  const subscribers = clients?.[0] ?? DEFAULT_SUBSCRIBERS;
  const intervalMs = intervalsMs?.[0] ?? DEFAULT_INTERVAL_MS;
  return (ratesPerSecond ?? DEFAULT_RATES).map((ratePerSecond) => {
    const conditions = { ratePerSecond, subscribers, intervalMs };
    const id = `rate${ratePerSecond}-clients${subscribers}`;
    return {
      cell: { id, title: `${ratePerSecond}/s to ${subscribers}`, group: MESSAGE, conditions },
      ...conditions,
    };
  });
}

const CONNECTION_CELL: Cell = {
  id: `connect${CONNECTIONS}`,
  title: `${CONNECTIONS} connect`,
  group: CONNECTION,
  conditions: { subscribers: CONNECTIONS, ratePerSecond: 0 },
};

/** What the reader is to know, of the lanes that are there. */
function methodOf(
  transports: readonly TransportName[],
  { payloadBytes, intervalsMs }: Settings,
): readonly string[] {
  const titlesOf = (names: readonly TransportName[]) =>
    names.map((name) => TRANSPORTS[name].title).join('; ');
  const libraries = transports.filter((name) => TRANSPORTS[name].family === 'library');
  const ofPages = transports.filter((name) => !TRANSPORTS[name].hosts.includes('node'));
  const ofOwnPort = transports.filter((name) => TRANSPORTS[name].ownPort);
  return [
    `Every lane has a server of its own in each block: ${WARM_UP_MS / 1000} s of warm-up, ${CONNECTIONS} subscribers that connect and hear nothing, then a window of ${WINDOW_MS / 1000} s for each rate, with messages of ${payloadBytes} B of data on one Poisson schedule. Short polls come every ${intervalsMs?.[0] ?? DEFAULT_INTERVAL_MS} ms; while connections are made none of them polls again.`,
    'Nothing is ranked here: each lane is held, block against block, against what it is built on or what has taken its place; the floor is what is below all of them.',
    'Requests and bytes are counted by the server, at its sockets, whatever client is at the other end.',
    ...(libraries.length === 0
      ? []
      : [
          `${titlesOf(libraries)}: the load runs the library’s own client. What that costs is the load’s affair and in no figure of the server’s; a latency is what a subscriber of it waits. A load over 70 % busy would mark the trial as disturbed.`,
        ]),
    ...transports.flatMap((name) => whyNoModel(name) ?? []),
    ...(ofPages.length === 0
      ? []
      : [
          `${titlesOf(ofPages)}: only a page can run what the server sends. The load reads its scripts instead of running them: server, bytes and requests are the same, a browser’s own time comes on top of the latency.`,
        ]),
    ...(ofOwnPort.length === 0
      ? []
      : [
          `${titlesOf(ofOwnPort)}: a port of its own, and no HTTP; its connections count as one upgrade each.`,
        ]),
  ];
}

function subjectOf(
  transport: TransportName,
  windows: readonly Window[],
  { short, payloadBytes }: Settings,
): Subject {
  const { title, paced } = TRANSPORTS[transport];
  const windowMs = short ? WINDOW_MS * 0.75 : WINDOW_MS;
  const pauseMs = (intervalMs: number) => (paced === 'interval' ? intervalMs : 0);
  const windowsMs = windows.reduce((sum, { intervalMs }) => sum + windowMs + pauseMs(intervalMs) + 200, 0);
  return {
    id: transport,
    title,
    estimateMs: 1500 + WARM_UP_MS + SIZES * SETTLE_MS + 2 * CONNECTIONS + windowsMs,
    serverFlags: ['--payload', String(payloadBytes)],
    async run(context) {
      await warmUp(context, transport, { subscribers: 10, ratePerSecond: 200 });
      const connection = await measureConnections(context, transport);
      const roundTripMs = await roundTrip(context, 0);
      const records: DeliveryRecord[] = [];
      for (const { ratePerSecond, subscribers, intervalMs } of windows) {
        context.step(`${title}: ${ratePerSecond}/s to ${subscribers}`);
        const window = { ratePerSecond, subscribers, delayMs: 0, intervalMs, windowMs };
        records.push(await measureDeliveries(context, transport, window, roundTripMs));
      }
      const figures = interpretDeliveries(transport, records);
      const known = new Set(MESSAGE_METRICS.map(({ id }) => id));
      const messages = figures.map(({ values, model = {}, ...figure }, i) => ({
        lane: transport,
        cells: windows.slice(i, i + 1).map(({ cell }) => cell.id),
        ...figure,
        values: pick(values, known),
        model: pick(model, known),
      }));
      return [connection, ...messages];
    },
  };
}

/** Subscribers connect, and hear nothing. */
async function measureConnections(context: TrialContext, transport: TransportName): Promise<Measurement> {
  const { driver, addressOf, seed } = context;
  const { title } = TRANSPORTS[transport];
  const audience = {
    baseUrl: await addressOf(transport),
    topic: TOPIC,
    transport,
    intervalMs: NEVER_MS,
    holdMs: HOLD_MS,
    seed: seed / 2 ** 32,
  };
  await driver.call('setWorkload', { ratePerSecond: 0 });
  context.step(`${title}: connections, warm-up`);
  await driver.call('gather', { id: 'first', ...audience });
  await driver.call('growTo', { id: 'first', count: WARM_UP_CONNECTIONS });
  await driver.call('dismiss', 'first');
  const id = 'silent';
  await driver.call('gather', { id, ...audience });
  const sizes = await grow(context, id, title, CONNECTIONS, SIZES);
  const { after, before, host, violations } = await driver.call('measure', { id, windowMs: SETTLE_MS });
  expectNone(violations);
  await driver.call('dismiss', id);
  const empty = sizes[0]?.stats ?? before;
  const full = sizes.at(-1)?.stats ?? before;
  const traffic = trafficBetween(empty, full, transport);
  return {
    lane: transport,
    cells: [CONNECTION_CELL.id],
    values: finiteOnly({
      connectRequests: (traffic.requests + traffic.upgrades) / CONNECTIONS,
      connectBytes: (traffic.bytesIn + traffic.bytesOut) / CONNECTIONS,
      connectCpu: cpuBetween(empty, full) / CONNECTIONS,
      connectRss: slopeKb(sizes, (stats) => stats.process.rssBytes),
    }),
    health: healthBetween(before, after, host),
  };
}

function pick(values: Readonly<Record<string, number>>, ids: ReadonlySet<string>): Record<string, number> {
  return Object.fromEntries(Object.entries(values).filter(([id]) => ids.has(id)));
}
