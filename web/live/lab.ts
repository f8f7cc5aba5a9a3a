import { computed, type ReadonlySignal, signal } from '@preact/signals';
import {
  DEFAULT_TOPIC,
  type Stats,
  TRANSPORTS,
  type TransportName,
  transportsOf,
  type Workload,
} from '../../server/wire.ts';
import { createBrowserEnv, localNow } from '../browser-env.ts';
import { ProblemError } from '../clients/client.ts';
import { createApi } from './api.ts';
import { createHandPublisher, type HandPublisher } from './by-hand.ts';
import { createLiveClock, type LiveClock } from './clock.ts';
import { createLanes, type Lanes } from './lanes.ts';
import { createLine } from './line.ts';
import { createLineFigures, type LiveLine } from './line-figures.ts';
import { PublisherHealth, type PublisherReading } from './publisher.ts';
import type { Link, ViewSettings, WantedWorkload } from './settings.ts';
import { EnvelopeMean } from './traffic.ts';

/** What the page knows of the server. `since`: local clock, ms. */
type ServerState =
  | { readonly kind: 'starting' }
  | { readonly kind: 'here'; readonly wasGone: boolean }
  | { readonly kind: 'gone'; readonly since: number; readonly reason: string };

/** Why the server did not take what was asked of it. */
interface Refusal {
  /** Whether it asks for a token. */
  readonly token: boolean;
  readonly detail: string;
  retry(): Promise<void>;
}

/** The live dashboard's model: one subscription per transport, and what the server says of itself. */
export interface LiveLab {
  readonly clock: LiveClock;
  readonly lanes: Lanes;
  /** The transports that are on the page. */
  readonly shown: ReadonlySignal<readonly LiveLine[]>;
  readonly byHand: HandPublisher;
  readonly server: ReadonlySignal<ServerState>;
  readonly workload: ReadonlySignal<Workload | undefined>;
  /** True once someone here has set the publisher, by hand or by link: then the link says how. */
  readonly workloadLinked: ReadonlySignal<boolean>;
  readonly publisher: ReadonlySignal<PublisherReading | undefined>;
  /** What a message takes by itself, on the mean since the last reset: bytes. */
  readonly envelopeBytes: ReadonlySignal<number | undefined>;
  readonly view: ReadonlySignal<ViewSettings>;
  readonly refusal: ReadonlySignal<Refusal | undefined>;
  setView(change: Partial<Omit<ViewSettings, 'lanes'>>): void;
  setWorkload(wanted: WantedWorkload): Promise<void>;
  /** Publishes a message by hand. */
  publish(via: TransportName, text: string): Promise<void>;
  /** Tries what was refused again with a token. */
  useToken(token: string): Promise<void>;
  setRunning(names: readonly TransportName[], running: boolean): void;
  /** Puts a transport on the page, running, or takes it off. */
  setShown(name: TransportName, shown: boolean): void;
  cut(names: readonly TransportName[], durationMs: number): void;
  /** Sets all figures to zero. */
  reset(): Promise<void>;
  /** Measures the clock again at the next occasion. */
  measureClock(): void;
  stop(): void;
}

const FIGURES_MS = 250;
const POLL_MS = 1000;
const CLOCK_MS = 30_000;
/** A bound worse than this is tried to better soon: the machine was busy, or the line is long. */
const CLOCK_GOOD_MS = 0.5;
const CLOCK_SOON_MS = 5000;

export function startLiveLab(
  baseUrl: string,
  client: string,
  link: Link,
  token: string | undefined,
): LiveLab {
  const ending = new AbortController();
  const api = createApi(baseUrl, client, ending.signal);
  const clock = createLiveClock(baseUrl);
  const view = signal(link.view);
  const server = signal<ServerState>({ kind: 'starting' });
  const workload = signal<Workload | undefined>(undefined);
  const workloadLinked = signal(Object.keys(link.workload).length > 0);
  const publisher = signal<PublisherReading | undefined>(undefined);
  const refusal = signal<Refusal | undefined>(undefined);
  const envelopeBytes = signal<number | undefined>(undefined);
  const envelopes = new EnvelopeMean();
  const env = createBrowserEnv(clock);
  const health = new PublisherHealth();
  const byHand = createHandPublisher({ env, baseUrl, client, token });
  const lines = transportsOf('browser').map((name) =>
    createLine({
      name,
      env,
      baseUrl,
      client,
      settings: view,
      received: (message, at) => byHand.received(name, message, at),
    }),
  );
  const figures = createLineFigures(lines, clock.now);
  const lanes = createLanes(lines, view);
  const shown = computed(() => figures.lines.filter(({ line }) => lanes.shown.value.includes(line.name)));

  let knownToken = token;
  let clockDueAt = 0;
  let settingsVersion = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function takeStats(stats: Stats): void {
    figures.read(stats);
    envelopeBytes.value = envelopes.read(stats.topics[DEFAULT_TOPIC]);
    publisher.value = health.read(stats.at, stats.workload);
  }

  /** One request at a time, so that the page keeps to one connection beside those of its subscriptions. */
  async function ask(): Promise<void> {
    if (localNow() >= clockDueAt) {
      await clock.measure(ending.signal);
      const { errorMs = CLOCK_GOOD_MS } = clock.reading.peek() ?? {};
      clockDueAt = localNow() + (errorMs < CLOCK_GOOD_MS ? CLOCK_MS : CLOCK_SOON_MS);
    }
    takeStats(await api.stats());
    const version = settingsVersion;
    const answered = await api.workload();
    if (version === settingsVersion) showWorkload(answered);
  }

  function showWorkload(next: Workload): void {
    const known = workload.peek();
    if (known && JSON.stringify(known) === JSON.stringify(next)) return;
    workload.value = next;
    health.clear();
  }

  async function pollServer(): Promise<void> {
    try {
      await ask();
      const before = server.peek();
      if (before.kind === 'starting') await begin();
      if (before.kind !== 'here') server.value = { kind: 'here', wasGone: before.kind === 'gone' };
    } catch (error) {
      if (ending.signal.aborted) return;
      clockDueAt = 0; // who comes back may have another clock
      health.clear();
      if (server.peek().kind === 'here')
        server.value = { kind: 'gone', since: localNow(), reason: textOf(error) };
    }
    if (!ending.signal.aborted) timer = setTimeout(pollServer, POLL_MS);
  }

  async function begin(): Promise<void> {
    if (workloadLinked.peek()) await setWorkload(link.workload);
    lanes.begin();
  }

  async function setWorkload(wanted: WantedWorkload): Promise<void> {
    workloadLinked.value = true;
    settingsVersion += 1;
    try {
      showWorkload(await api.setWorkload(wanted, knownToken));
      refusal.value = undefined;
    } catch (error) {
      if (ending.signal.aborted) return;
      refusal.value = { ...refusedBy(error), retry: () => setWorkload(wanted) };
    } finally {
      settingsVersion += 1;
    }
  }

  async function publish(via: TransportName, text: string): Promise<void> {
    try {
      await byHand.publish(via, text);
      refusal.value = undefined;
    } catch (error) {
      const refused = { ...refusedBy(error), retry: () => publish(via, text) };
      if (refused.token) refusal.value = refused; // all else is said where it was asked for
    }
  }

  const chosen = (names: readonly TransportName[]) => lines.filter(({ name }) => names.includes(name));
  const figuresTimer = setInterval(figures.show, FIGURES_MS);
  const seriesTimer = setInterval(() => figures.extend(view.peek().timelineMs + POLL_MS), POLL_MS);
  void pollServer();

  return {
    clock,
    lanes,
    shown,
    byHand,
    server,
    workload,
    workloadLinked,
    publisher,
    envelopeBytes,
    view,
    refusal,
    setView(change) {
      const before = view.peek();
      const next = { ...before, ...change };
      view.value = next;
      for (const line of lines) {
        const { paced, ownHold } = TRANSPORTS[line.name];
        const changed =
          (paced === 'interval' && next.intervalMs !== before.intervalMs) ||
          (paced === 'hold' && !ownHold && next.holdMs !== before.holdMs);
        if (changed) line.renew();
      }
    },
    setWorkload,
    async useToken(text) {
      knownToken = text;
      byHand.setToken(text);
      await refusal.peek()?.retry();
    },
    publish,
    setRunning(names, running) {
      lanes.setRunning(names, running);
      figures.show();
    },
    setShown(name, wanted) {
      // What was off the page begins there from zero.
      if (wanted) figures.clear([name]);
      lanes.setShown(name, wanted);
      figures.show();
    },
    cut(names, durationMs) {
      for (const line of chosen(names)) line.cut(durationMs);
      figures.show();
    },
    async reset() {
      const stats = await api.stats().catch(() => undefined);
      figures.clear(transportsOf('browser'), stats);
      envelopes.reset();
      envelopeBytes.value = envelopes.read(stats?.topics[DEFAULT_TOPIC]);
      figures.show();
    },
    measureClock() {
      clockDueAt = 0;
    },
    stop() {
      ending.abort();
      clearTimeout(timer);
      clearInterval(figuresTimer);
      clearInterval(seriesTimer);
      lanes.stop();
      byHand.stop();
    },
  };
}

function refusedBy(error: unknown): Pick<Refusal, 'token' | 'detail'> {
  return { token: error instanceof ProblemError && error.code === 'unauthorized', detail: textOf(error) };
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
