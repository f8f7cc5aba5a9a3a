import { setMaxListeners } from 'node:events';
import { encodeIntoCompressedBase64, type Histogram } from 'hdr-histogram-js';
import type { Stats, TransportName } from '../../../server/wire.ts';
import { parseCursor } from '../../../server/wire.ts';
import type { Activity } from '../../../web/clients/client.ts';
import { type Subscription, subscribe } from '../../../web/clients/subscribe.ts';
import { newHistogram } from '../../../web/histogram.ts';
import { Sequence } from '../../../web/sequence.ts';
import type { NodeEnv } from '../../node-env.ts';
import type { Control } from './control.ts';
import { type HostUse, hostUse, readHost } from './host.ts';
import { createLaneEnv } from './lane-env.ts';
import { monotonicMs } from './monotonic.ts';
import { type QuantilesMs, quantilesOf } from './quantiles.ts';

/** An audience's label, where it is given none. */
const AUDIENCE = 'audience';

/** For those who come at once to be connected, before they are taken for refused: ms. */
const OPEN_WITHIN_MS = 60_000;
/** Time for the last messages of a window to arrive before they count as lost: ms. */
const ARRIVAL_MS = 5000;
const POLL_STEP_MS = 5;

export interface AudienceOptions {
  /** Where the server is; where there are several ways to it, they are taken in turn. */
  readonly baseUrl: string | readonly string[];
  readonly topic: string;
  readonly transport: TransportName;
  readonly intervalMs: number;
  readonly holdMs: number;
  /** Bytes as such, where the transport can carry them: by default, unless it is false. */
  readonly binary?: boolean | undefined;
  readonly random: () => number;
  /** The label of its traffic in the server's statistics. */
  readonly client?: string;
}

/** What a window has brought, with the server's statistics before and after it. */
export interface WindowRecord {
  readonly subscribers: number;
  /** From `before` to `after`, by the machine's monotonic clock, which all its processes share: ms. */
  readonly openMs: { readonly from: number; readonly until: number };
  readonly before: Stats;
  readonly after: Stats;
  readonly host: HostUse;
  /** Messages that reached a subscriber's callback between `before` and `after`. */
  readonly deliveries: number;
  /** Latency of all messages that were due within the window: µs. */
  readonly latency: { readonly meanMs: number; readonly histogram: string };
  readonly quantilesMs: QuantilesMs;
  readonly polls: { readonly started: number; readonly empty: number };
  /** Time between two requests' starts of one subscriber: mean, and standard deviation over mean. */
  readonly cycle: { readonly meanMs: number; readonly variation: number };
  /** Messages that gaps have told of so far, as lost. */
  readonly announcedLost: number;
  /** What no subscriber may ever see; a trial in which one did has no figures. */
  readonly violations: readonly string[];
}

/** What breaks the feed's promise, where nothing has happened that allows for it. */
export type Violation =
  | 'missing'
  | 'duplicates'
  | 'reordered'
  | 'gaps'
  | 'gaps of unknown size'
  | 'reconnects';

/** What those who were lost are to have again. */
export interface Recovery {
  /** The newest message. */
  readonly seq: number;
  /** Since when they could come back, by the machine's monotonic clock: ms. */
  readonly sinceMs: number;
  readonly withinMs: number;
}

/** How an audience came back. */
export interface RecoveryRecord {
  readonly host: HostUse;
  /** From when they could come back to when each had what there was to have. */
  readonly quantilesMs: QuantilesMs;
  readonly histogram: string;
  /** Being lost and coming back is none. */
  readonly violations: readonly string[];
}

interface Member {
  readonly env: NodeEnv;
  readonly subscription: Subscription;
  readonly sequence: Sequence;
  /** The number of the newest message received, and when that was, by the server's clock: ms. */
  seq: number;
  receivedAt: number;
  requests: number;
  lastRequestMs: number | undefined;
  attempts: number;
  connects: number;
  reading: Promise<void>;
}

interface Window {
  readonly fromMs: number;
  readonly untilMs: number;
  readonly histogram: Histogram;
  latencySumMs: number;
  started: number;
  empty: number;
  cycles: number;
  cycleSumMs: number;
  cycleSquareSum: number;
}

/** Subscribers of one transport, each with connections of its own as if it sat in a browser of its own. */
export class Audience {
  readonly #options: AudienceOptions;
  readonly #client: string;
  readonly #control: Control;
  readonly #members: Member[] = [];
  #window: Window | undefined;
  /** When each message came, while somebody wants to know. */
  #receipts: number[] | undefined;
  #failure: string | undefined;
  readonly #ending = new AbortController();

  constructor(options: AudienceOptions, control: Control) {
    this.#options = options;
    this.#client = options.client ?? AUDIENCE;
    this.#control = control;
    setMaxListeners(0, this.#ending.signal); // one for each subscriber
  }

  /** Connections tried so far, by all together. */
  get attempts(): number {
    return this.#members.reduce((sum, { attempts }) => sum + attempts, 0);
  }

  /** Adds subscribers until there are `count`, and resolves when all of them are connected. */
  async growTo(count: number): Promise<void> {
    const opened: Promise<void>[] = [];
    while (this.#members.length < count) opened.push(this.#add());
    const timer = setTimeout(() => {
      this.#failure ??= `not all of ${count} subscribers were connected after ${OPEN_WITHIN_MS} ms`;
      this.#ending.abort();
    }, OPEN_WITHIN_MS);
    await Promise.all(opened);
    clearTimeout(timer);
  }

  /** Measures for `windowMs`, and waits until all that was due in it has arrived everywhere. What is allowed is no violation. */
  async measure(windowMs: number, allowed: readonly Violation[] = []): Promise<WindowRecord> {
    const control = this.#control;
    const receipts: number[] = [];
    this.#receipts = receipts;
    const before = await control.stats(this.#client);
    const hostBefore = readHost();
    const fromMs = control.now();
    const window: Window = {
      fromMs,
      untilMs: fromMs + windowMs,
      histogram: newHistogram(),
      latencySumMs: 0,
      started: 0,
      empty: 0,
      cycles: 0,
      cycleSumMs: 0,
      cycleSquareSum: 0,
    };
    this.#window = window;
    await delay(windowMs);
    const after = await control.stats(this.#client);
    const host = hostUse(hostBefore, readHost());
    this.#receipts = undefined;
    const offsetMs = control.now() - monotonicMs();
    await this.#arrival();
    this.#window = undefined;
    const { histogram } = window;
    const meanMs = window.cycleSumMs / window.cycles;
    return {
      subscribers: this.#members.length,
      openMs: { from: before.at - offsetMs, until: after.at - offsetMs },
      before,
      after,
      host,
      // Of the very time that the server tells of: it may be asked late where it is busy.
      deliveries: receipts.filter((at) => at >= before.at && at < after.at).length,
      latency: {
        meanMs: window.latencySumMs / histogram.totalCount,
        histogram: encodeIntoCompressedBase64(histogram),
      },
      quantilesMs: quantilesOf(histogram),
      polls: { started: window.started, empty: window.empty },
      cycle: {
        meanMs,
        variation: Math.sqrt(Math.max(0, window.cycleSquareSum / window.cycles - meanMs ** 2)) / meanMs,
      },
      announcedLost: this.#announcedLost(),
      violations: this.#violations(allowed),
    };
  }

  /** Waits until everybody has what there is to have, and tells how long each took. */
  async recover({ seq, sinceMs, withinMs }: Recovery): Promise<RecoveryRecord> {
    const since = this.#control.now() - (monotonicMs() - sinceMs);
    const hostBefore = readHost();
    const deadline = performance.now() + withinMs;
    const areBack = (): boolean => this.#members.every((member) => member.seq >= seq);
    const isOver = (): boolean => this.#ending.signal.aborted || performance.now() >= deadline;
    while (!areBack() && !isOver()) await delay(POLL_STEP_MS);
    const host = hostUse(hostBefore, readHost());
    const lost = this.#members.filter((member) => member.seq < seq).length;
    if (lost > 0) this.#failure ??= `${lost} subscribers were not back after ${withinMs} ms`;
    const histogram = newHistogram();
    for (const { receivedAt } of this.#members)
      histogram.recordValue(Math.max(0, Math.round((receivedAt - since) * 1000)));
    return {
      host,
      quantilesMs: quantilesOf(histogram),
      histogram: encodeIntoCompressedBase64(histogram),
      violations: this.#violations(['reconnects']),
    };
  }

  async close(): Promise<void> {
    this.#ending.abort();
    await Promise.all(
      this.#members.map(async ({ env, subscription, reading }) => {
        await Promise.all([subscription.closed, reading]);
        await env.close();
      }),
    );
  }

  async #add(): Promise<void> {
    const { baseUrl: ways, topic, transport, intervalMs, holdMs, binary = true, random } = this.#options;
    const baseUrl = typeof ways === 'string' ? ways : (ways[this.#members.length % ways.length] ?? '');
    const env = createLaneEnv(transport, { now: this.#control.now, random });
    let opened: () => void = () => undefined;
    const open = new Promise<void>((resolve) => {
      opened = resolve;
    });
    const observe = (activity: Activity): void => this.#observe(member, activity, opened);
    const subscription = subscribe(
      {
        baseUrl,
        topic,
        transport,
        intervalMs,
        holdMs,
        binary,
        client: this.#client,
        observe,
        signal: this.#ending.signal,
      },
      env,
    );
    const member: Member = {
      env,
      subscription,
      sequence: new Sequence(),
      seq: 0,
      receivedAt: 0,
      requests: 0,
      lastRequestMs: undefined,
      attempts: 1,
      connects: 0,
      reading: Promise.resolve(),
    };
    this.#members.push(member);
    member.reading = this.#read(member)
      .catch((error: unknown) => {
        this.#failure ??= `a subscription ended: ${error instanceof Error ? error.message : error}`;
      })
      .finally(() => opened()); // nobody is to wait for it any longer
    await open;
  }

  async #read(member: Member): Promise<void> {
    for await (const event of member.subscription) {
      if (event.kind === 'gap') {
        member.sequence.gap(event.gap);
        continue;
      }
      const { message, cursor, receivedAt } = event;
      member.sequence.message(message, cursor);
      member.seq = message.seq;
      member.receivedAt = receivedAt;
      this.#receipts?.push(receivedAt);
      const window = this.#window;
      if (!window) continue;
      if (message.at < window.fromMs || message.at >= window.untilMs) continue;
      const latencyMs = receivedAt - message.at;
      window.latencySumMs += latencyMs;
      window.histogram.recordValue(Math.max(0, Math.round(latencyMs * 1000)));
    }
  }

  #observe(member: Member, activity: Activity, opened: () => void): void {
    if (activity.kind === 'state') {
      if (activity.state === 'connecting') member.attempts += 1;
      if (activity.state !== 'open') return;
      member.connects += 1;
      if (member.connects === 1) startAt(member, member.subscription.cursor);
      opened();
      return;
    }
    const window = this.#window;
    const within = window && activity.at >= window.fromMs && activity.at < window.untilMs;
    if (activity.kind === 'response') {
      if (within && activity.outcome === 'empty') window.empty += 1;
      return;
    }
    if (within) {
      window.started += 1;
      // The first is the question where to begin, and the second comes at random: cycles start after it.
      if (member.requests >= 2 && member.lastRequestMs !== undefined) {
        const cycleMs = activity.at - member.lastRequestMs;
        window.cycles += 1;
        window.cycleSumMs += cycleMs;
        window.cycleSquareSum += cycleMs ** 2;
      }
    }
    member.requests += 1;
    member.lastRequestMs = activity.at;
  }

  /** Resolves when everybody has the newest message, or when that takes too long: `violations` tells. */
  async #arrival(): Promise<void> {
    const { seq } = await this.#control.newest(this.#options.topic);
    const deadline = performance.now() + ARRIVAL_MS;
    while (performance.now() < deadline) {
      if (this.#members.every((member) => member.seq >= seq)) return;
      await delay(POLL_STEP_MS);
    }
    const late = this.#members.filter((member) => member.seq < seq).length;
    this.#failure ??= `${late} subscribers did not have message ${seq} after ${ARRIVAL_MS} ms`;
  }

  #announcedLost(): number {
    return this.#members.reduce((sum, { sequence }) => sum + sequence.counts.announcedLost, 0);
  }

  #violations(allowed: readonly Violation[] = []): readonly string[] {
    const totals: Record<Violation, number> = {
      missing: 0,
      duplicates: 0,
      reordered: 0,
      gaps: 0,
      'gaps of unknown size': 0,
      reconnects: 0,
    };
    for (const { sequence, connects } of this.#members) {
      const { missing, duplicates, reordered, gaps, unknownGaps } = sequence.counts;
      totals.missing += missing;
      totals.duplicates += duplicates;
      totals.reordered += reordered;
      totals.gaps += gaps;
      totals['gaps of unknown size'] += unknownGaps;
      totals.reconnects += connects - 1;
    }
    const seen = Object.entries(totals).flatMap(([what, count]) =>
      count === 0 || allowed.some((one) => one === what) ? [] : [`${count} ${what}`],
    );
    return this.#failure === undefined ? seen : [this.#failure, ...seen];
  }
}

/** Where a subscriber stands before its first message, so that a loss right at the start is seen. */
function startAt(member: Member, cursor: string | undefined): void {
  if (cursor === undefined) return;
  member.sequence.startAt(cursor);
  member.seq = parseCursor(cursor)?.seq ?? 0;
}

export function delay(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
