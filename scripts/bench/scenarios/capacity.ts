import { TECHNIQUES, TRANSPORTS, type TransportName } from '../../../server/wire.ts';
import type { Cell, Measurement, Metric } from '../../../web/results/schema.ts';
import type { LoadRecord } from '../driver/load.ts';
import type { SinkRecord } from '../driver/sink.ts';
import { blockOrder } from '../order.ts';
import { expectNone, type Scenario, type Subject, type TrialContext, TrialFailure } from '../scenario.ts';
import { type Settings, WARM_UP_MS } from '../settings.ts';
import { SINGLE_RATE, STACKS, type Stack, TASKS, type Task, whyNotLoaded } from './capacity-tasks.ts';
import {
  cpuBetween,
  finiteOnly,
  folkClaims,
  healthBetween,
  laneOf,
  metric,
  postLane,
  publishedBetween,
  TOPIC,
  trafficBetween,
} from './common.ts';

const CONNECTIONS = 50;
const SOCKETS = 100;
/** Each load runs for this long before its window opens: ms. */
const RAMP_MS = 250;
const WINDOW_MS = 600;

const METRICS: readonly Metric[] = [
  metric(
    'cpu',
    'Server CPU per message or answer',
    'µs',
    'lower',
    true,
    'User and system time of the server process over messages delivered (or answers given) in the window.',
  ),
  metric(
    'rate',
    'Messages or answers per second',
    '1/s',
    'higher',
    false,
    'What went through in the window. Where the load was the limit (its core was busy and the server’s was not) it is a lower bound.',
  ),
  metric(
    'p50',
    'Time of an answer, median',
    'ms',
    'lower',
    false,
    'Under full load of so many connections: it says how long the queue was, not what a user waits for.',
  ),
  metric('p99', 'Time of an answer, 99th percentile', 'ms', 'lower', false, 'As the median.'),
  metric(
    'batch',
    'Messages per write',
    '',
    'higher',
    false,
    'How many messages reached a socket in one piece, on the mean.',
  ),
  metric(
    'server',
    'Server’s event loop busy',
    'share',
    'higher',
    false,
    'Near 1 where the server was the limit.',
  ),
  metric('driver', 'Load’s event loop busy', 'share', 'lower', false, 'Near 1 where the load was the limit.'),
];

/** How much one server process can do of each kind, and what Express adds. */
export const capacity: Scenario = {
  name: 'capacity',
  async plan(settings) {
    const asked = settings.transports ?? TECHNIQUES;
    const transports = asked.filter((name) => whyNotLoaded(name) === undefined);
    const leftOut = asked.flatMap((name) => whyNotLoaded(name) ?? []);
    return {
      design: {
        title: 'Capacity',
        question: 'How much can one server process carry, and what does a framework in the path cost?',
        method: [
          `Polls come from autocannon, ${CONNECTIONS} connections with one request each at a time, as fast as answers come. “One message at a time” is a poll that brings the newest message; a long poll that is woken by a publisher of ${SINGLE_RATE} messages/s; a stream to ${SOCKETS} sockets fed at the same rate.`,
          'Streams are read by bare sockets that throw everything away, so that the server is the limit.',
          `Each server process is under load for ${WARM_UP_MS / 1000} s before the first window; each further load for ${RAMP_MS} ms before its own. “express” is the same server with the feeds behind an Express router.`,
          ...(leftOut.length === 0
            ? []
            : [`Left out, since such a load cannot ask for them: ${leftOut.join('; ')}.`]),
        ],
        lanes: [...transports.map(laneOf), postLane('publish')],
        cells: [
          ...TASKS.flatMap((task) => task.stacks.map((stack) => cellOf(task.id, task.title, stack))),
          ...STACKS.map((stack) => cellOf('publish', 'publishing', stack)),
        ],
        metrics: METRICS,
        claims: folkClaims(transports),
        contrasts: [
          ...TASKS.filter(({ stacks }) => stacks.length > 1).map(({ id, title }) => ({ id, title })),
          { id: 'publish', title: 'publishing' },
        ].map(({ id, title }) => ({
          title: `Express in the path: ${title}`,
          from: cellOf(id, title, 'raw').id,
          to: cellOf(id, title, 'express').id,
        })),
      },
      subjects: STACKS.map((stack) => subjectOf(stack, transports, settings)),
    };
  },
};

function cellOf(id: string, title: string, stack: Stack): Cell {
  return { id: `${id}-${stack}`, title: `${title}, ${stack}`, conditions: { task: id, stack } };
}

interface Visit {
  readonly task: Task;
  readonly transport: TransportName;
}

function subjectOf(stack: Stack, transports: readonly TransportName[], settings: Settings): Subject {
  const visits: readonly Visit[] = TASKS.filter(({ stacks }) => stacks.includes(stack)).flatMap((task) =>
    task.transports(transports).map((transport) => ({ task, transport })),
  );
  const windowMs = settings.short ? WINDOW_MS / 2 : WINDOW_MS;
  return {
    id: stack,
    title: `stack ${stack}`,
    estimateMs: 1500 + WARM_UP_MS + (visits.length + 1) * (RAMP_MS + windowMs + 150),
    serverFlags: ['--stack', stack, '--rate', '0', '--payload', String(settings.payloadBytes)],
    saturates: true,
    async run(context) {
      const measurements: Measurement[] = [];
      let warmUpMs = WARM_UP_MS;
      // Within a server process the order matters as well: it turns from block to block.
      for (const index of blockOrder(visits.length + 1, context.seed)) {
        const visit = visits[index];
        context.step(
          `${stack}: ${visit ? `${TRANSPORTS[visit.transport].title}, ${visit.task.title}` : 'POST'}`,
        );
        const windows = { warmUpMs, windowMs };
        measurements.push(
          visit
            ? await measureVisit(context, visit, stack, windows, settings)
            : await measurePublishing(context, stack, windows, settings),
        );
        warmUpMs = RAMP_MS;
      }
      return measurements;
    },
  };
}

interface Windows {
  readonly warmUpMs: number;
  readonly windowMs: number;
}

async function measureVisit(
  { driver, lab, seed }: TrialContext,
  { task, transport }: Visit,
  stack: Stack,
  windows: Windows,
  { payloadBytes }: Settings,
): Promise<Measurement> {
  const common = { baseUrl: lab.url, topic: TOPIC, transport, ...windows };
  const kind = task.load(TRANSPORTS[transport].paced);
  const isAnswered = kind === 'poll' || kind === 'poll-empty' || kind === 'first-event';
  // A poll from the cursor before the newest message brings one only as long as none is added.
  if (isAnswered) await ensureMessage(driver);
  await driver.call('setWorkload', { ratePerSecond: isAnswered ? 0 : task.ratePerSecond, seed });
  const cells = [cellOf(task.id, task.title, stack).id];
  try {
    if (kind === undefined) {
      const record = await driver.call('sink', { ...common, sockets: SOCKETS });
      expectNone(record.violations);
      return { lane: transport, cells, ...interpretSink(record) };
    }
    const record = await driver.call('load', { ...common, kind, connections: CONNECTIONS, payloadBytes });
    expectNone(record.violations);
    return {
      lane: transport,
      cells,
      ...interpretLoad(record, trafficBetween(record.before, record.after, transport).requests),
    };
  } finally {
    await driver.call('setWorkload', { ratePerSecond: 0 });
  }
}

async function measurePublishing(
  { driver, lab }: TrialContext,
  stack: Stack,
  windows: Windows,
  { payloadBytes }: Settings,
): Promise<Measurement> {
  const record = await driver.call('load', {
    baseUrl: lab.url,
    topic: TOPIC,
    transport: 'short-poll',
    kind: 'publish',
    connections: CONNECTIONS,
    payloadBytes,
    ...windows,
  });
  expectNone(record.violations);
  return {
    lane: 'publish',
    cells: [cellOf('publish', 'publishing', stack).id],
    ...interpretLoad(record, publishedBetween(record.before, record.after).messages),
  };
}

/** Publishes until there is something to bring. */
async function ensureMessage(driver: TrialContext['driver']): Promise<void> {
  await driver.call('setWorkload', { ratePerSecond: 1000 });
  await driver.call('roundTripMs', { topic: TOPIC });
}

function interpretLoad(record: LoadRecord, done: number): Omit<Measurement, 'lane' | 'cells'> {
  const { before, after, host, quantilesMs, histogram } = record;
  if (done === 0) throw new TrialFailure('no answer in the window');
  const health = healthBetween(before, after, host);
  return {
    values: finiteOnly({
      cpu: cpuBetween(before, after) / done,
      rate: (done * 1000) / host.durationMs,
      p50: quantilesMs.p50,
      p99: quantilesMs.p99,
      server: health.serverUtilisation,
      driver: health.driverUtilisation,
    }),
    histogram,
    health,
  };
}

function interpretSink({
  before,
  after,
  host,
  deliveries,
  messagesPerWrite,
}: SinkRecord): Omit<Measurement, 'lane' | 'cells'> {
  const health = healthBetween(before, after, host);
  return {
    values: finiteOnly({
      cpu: cpuBetween(before, after) / deliveries,
      rate: (deliveries * 1000) / host.durationMs,
      batch: messagesPerWrite,
      server: health.serverUtilisation,
      driver: health.driverUtilisation,
    }),
    health,
  };
}
