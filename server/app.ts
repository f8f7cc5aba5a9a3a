import type { AddressInfo, Server, Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import express, { type Express } from 'express';
import { createAccess, originOf } from './access.ts';
import { createApi, type WorkloadControl } from './api.ts';
import { type Credentials, fingerprintOf, loadCredentials } from './certificate.ts';
import { now } from './clock.ts';
import { type Config, MEMORY_BUS, urlHost } from './config.ts';
import { Connections } from './connections.ts';
import { boundWaiting } from './feed/bounded-bus.ts';
import type { Bus } from './feed/bus.ts';
import { Feed, type FeedSettings } from './feed/feed.ts';
import { createMemoryBus } from './feed/memory-bus.ts';
import { createWorkload } from './feed/workload.ts';
import { createFeedEndpoint, type FeedEndpoint } from './feed-endpoint.ts';
import { isFeedUrl } from './feed-target.ts';
import { createHttpServer, listen } from './http-server.ts';
import { createMetrics } from './metrics.ts';
import { createProbes } from './probes.ts';
import { LabError, type OnError } from './problem.ts';
import { Tap } from './tap.ts';
import { createTcpEndpoint } from './tcp-endpoint.ts';
import { createTcpServer } from './tcp-server.ts';
import { Pulse } from './transports/pulse.ts';
import type { Transport, TransportContext, TransportFactory } from './transports/transport.ts';
import { type Bye, type ProcessStats, type Stats, TRANSPORT_NAMES, type TransportName } from './wire.ts';

/** How often a server that leaves looks for connections that have become idle. */
const SWEEP_MS = 50;

/**
 * When those who were sent away may come back: spread out, so that they do not come all at once. A server that leaves has
 * another beside it, or is back soon; one that is full stays so for a while.
 */
const RETURN_MS = { leaving: { min: 200, max: 1500 }, full: { min: 500, max: 3000 } } as const;

export interface LabServer {
  readonly url: string;
  /** Where what is no HTTP is spoken, if anywhere: `tcp://127.0.0.1:4000`, or `tls:`. */
  readonly tcpUrl: string | undefined;
  /** Of the certificate that it shows: SHA-256. Undefined without TLS. */
  readonly fingerprint: string | undefined;
  /** For a publisher within the same process. */
  readonly feed: Feed;
  /** Of this process. */
  readonly stats: (client?: string) => Stats;
  /** Takes no more, says goodbye to all, and closes within `config.drainMs`; what is left then is cut. */
  close(): Promise<void>;
}

/** What a process has in common with those that share its port. */
export interface Shared {
  readonly bus: Bus;
  readonly credentials: Credentials | undefined;
  readonly workload: WorkloadControl;
  /** The stats of all of them, or of one client's traffic with them. */
  readonly gather: (client?: string) => Promise<Stats>;
}

/**
 * Starts a server, alone on its port unless it has something in `shared`. Rejects where the port cannot be had, or
 * (CredentialsError) a certificate is of no use.
 */
export async function startServer(config: Config, onError: OnError, shared?: Shared): Promise<LabServer> {
  const credentials = shared ? shared.credentials : await readCredentials(config);
  const access = createAccess(config);
  const bus = shared?.bus ?? (await openBus(config, onError));
  const feed = new Feed(bus, feedSettings(config), onError);
  const tap = new Tap();
  const pulse = new Pulse(config.heartbeatMs);
  const { deflate } = config;
  const transports = await loadTransports({
    feed,
    pulse,
    onError,
    deflate,
    authorizeMessage: access.authorizeMessage,
    checkReader: access.checkReader,
  });

  const connections = new Connections(config.maxConnections);
  let leaving: Promise<void> | undefined;
  const admit = (socket: Socket): void => {
    if (leaving)
      throw new LabError('draining', 'The server is leaving.', { retryAfterMs: returnAfterMs('leaving') });
    if (connections.isRefused(socket)) {
      throw new LabError(
        'too-many',
        `All ${config.maxConnections} connections are in use (--max-connections).`,
        {
          retryAfterMs: returnAfterMs('full'),
        },
      );
    }
  };
  // What one process has seen of a probe the others do not know of.
  const probes = createProbes(feed, onError, shared === undefined && config.bus === MEMORY_BUS);
  const endpoint = createFeedEndpoint({
    feed,
    transports,
    access,
    tap,
    probes,
    manners: config.manners,
    onError,
    admit,
  });
  const publisher = shared ? undefined : createWorkload(feed, config.workload, onError);
  const stats = (client?: string): Stats => ({
    at: now(),
    traffic: tap.read(client),
    connections: tap.connections,
    connectionsTotal: tap.connectionsTotal,
    // A probe's topic is known to who has begun it.
    topics: Object.fromEntries(Object.entries(feed.stats).filter(([topic]) => !probes.isProbe(topic))),
    workload: publisher?.stats ?? { published: 0, lagSumMs: 0, lagMaxMs: 0 },
    process: readProcess(),
  });
  const api = createApi({
    access,
    workload: shared?.workload ?? {
      read: async () => publisher?.settings ?? config.workload,
      set: async (settings) => publisher?.set(settings),
    },
    probes,
    stats: shared?.gather ?? (async (client) => stats(client)),
    metrics: createMetrics(stats),
    onError,
    dashboardDir: fileURLToPath(new URL('../web/dist', import.meta.url)),
    resultsDir: fileURLToPath(new URL('../results', import.meta.url)),
  });
  const carrier = config.stack === 'express' ? withFeedRoutes(endpoint, api) : api;

  const server = createHttpServer(config, credentials, connections, (socket) => tap.watch(socket));
  server.on('request', (request, response) => {
    // A socket that was one too many must not outlive its answer: it would be refused for ever.
    if (leaving || connections.isRefused(request.socket)) response.setHeader('Connection', 'close');
    if (isFeedUrl(request.url)) {
      if (config.stack === 'raw') return endpoint.handle(request, response);
    } else tap.other(request, response);
    carrier(request, response);
  });
  server.on('upgrade', endpoint.upgrade);
  const tcpEndpoint = createTcpEndpoint({
    feed,
    transports,
    tap,
    manners: config.manners,
    onError,
    admit,
    lineBytes: config.maxHeaderBytes,
    lineWithinMs: config.headersTimeoutMs,
  });
  const tcpServer = createTcpServer(config, credentials, connections, (socket) => {
    tap.watch(socket);
    tcpEndpoint.connect(socket);
  });
  await listen(server, config.host, config.port);
  if (config.tcpPort !== undefined) await listen(tcpServer, config.host, config.tcpPort);

  return {
    url: originOf(config, portOf(server)),
    tcpUrl: tcpServer.listening
      ? `${credentials ? 'tls' : 'tcp'}://${urlHost(config.host)}:${portOf(tcpServer)}`
      : undefined,
    fingerprint: credentials && fingerprintOf(credentials),
    feed,
    stats,
    close() {
      leaving ??= leave();
      return leaving;
    },
  };

  async function leave(): Promise<void> {
    publisher?.stop();
    probes.stop();
    const closed = Promise.all(
      [server, tcpServer].map((one) => new Promise((resolve) => one.close(resolve))),
    );
    tcpEndpoint.leave();
    connections.cutShaking();
    for (const transport of transports.values()) transport.leave?.(farewell);
    // A connection is idle only when its last answer is out; Node does not look again by itself.
    const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_MS);
    const deadline = setTimeout(() => connections.cutAll(), config.drainMs);
    await closed;
    clearInterval(sweep);
    clearTimeout(deadline);
    pulse.stop();
    await bus.close();
  }
}

export async function openBus(config: Config, onError: OnError): Promise<Bus> {
  if (config.bus === MEMORY_BUS) return createMemoryBus();
  // Loaded by those alone who ask for it.
  const { createRedisBus } = await import('./feed/redis-bus.ts');
  return boundWaiting(
    await createRedisBus({ url: config.bus, log: feedSettings(config).log, onError }),
    onError,
  );
}

export function feedSettings(config: Config): FeedSettings {
  return {
    log: { messages: config.logMessages, bytes: config.logBytes },
    coalesceMs: config.coalesceMs,
    topics: config.maxTopics,
    messageBytes: config.maxMessageBytes,
  };
}

/** Those that a server is to show; undefined for one without TLS. */
export async function readCredentials(config: Config): Promise<Credentials | undefined> {
  return config.tls && loadCredentials(config.tls, config.host);
}

/** The port that a TCP server, which has no other kind of address, is listening on. */
function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

/** Every transport of the registry, from the file of its name. */
async function loadTransports(context: TransportContext): Promise<ReadonlyMap<TransportName, Transport>> {
  const transports = new Map<TransportName, Transport>();
  for (const name of TRANSPORT_NAMES) {
    const module: { default: TransportFactory } = await import(`./transports/${name}.ts`);
    transports.set(name, module.default(context));
  }
  return transports;
}

const FEED_PATHS = /^\/feeds\//;

/** The same feed handlers behind an Express router, to show what the framework costs each transport. */
function withFeedRoutes(endpoint: FeedEndpoint, api: Express): Express {
  const app = express();
  app.disable('x-powered-by');
  // No parameters: what a path says is read in one place for both stacks, and so are its errors.
  app.all(FEED_PATHS, endpoint.handle);
  app.use(api);
  return app;
}

function farewell(): Bye {
  return { reason: 'draining', retryAfterMs: returnAfterMs('leaving') };
}

function returnAfterMs(because: keyof typeof RETURN_MS): number {
  const { min, max } = RETURN_MS[because];
  return Math.round(min + Math.random() * (max - min));
}

export function readProcess(): ProcessStats {
  const cpu = process.cpuUsage();
  const memory = process.memoryUsage();
  const loop = performance.eventLoopUtilization();
  return {
    pid: process.pid,
    cpuUserMs: cpu.user / 1000,
    cpuSystemMs: cpu.system / 1000,
    rssBytes: memory.rss,
    heapUsedBytes: memory.heapUsed,
    externalBytes: memory.external,
    eventLoopActiveMs: loop.active,
    eventLoopIdleMs: loop.idle,
  };
}
