import { type ReadonlySignal, signal } from '@preact/signals';
import {
  DEFAULT_TOPIC,
  type Message,
  TRANSPORTS,
  type TransportInfo,
  type TransportName,
} from '../../server/wire.ts';
import type { Activity, Env } from '../clients/client.ts';
import { type Subscription, subscribe } from '../clients/subscribe.ts';
import { Meter } from '../meter.ts';
import { quantile, SlidingWindow } from '../sliding-window.ts';
import type { ViewSettings } from './settings.ts';
import { type BarKind, Trace } from './trace.ts';

export interface LineOptions {
  readonly name: TransportName;
  readonly env: Env;
  readonly baseUrl: string;
  /** The label under which the server counts this page's bytes. */
  readonly client: string;
  readonly settings: ReadonlySignal<ViewSettings>;
  /** Called with each message, after it was counted. `receivedAt`: the Env's clock, ms. */
  received(message: Message, receivedAt: number): void;
}

/** One transport's subscription as the page has it: it can be started, stopped, cut, and renewed in place. */
export interface Line {
  readonly name: TransportName;
  readonly meter: Meter;
  readonly trace: Trace;
  readonly running: ReadonlySignal<boolean>;
  /** Why the server refuses for good, if it does. */
  readonly refusal: ReadonlySignal<string | undefined>;
  /** When a cut ends, on the Env's clock: ms. */
  readonly cutUntil: number;
  /** From an answer to the next question, on this side: mean of the last ones, ms. Undefined without any. */
  readonly turnaroundMs: number | undefined;
  /** What a request that is not held takes from its start to its answer: median of the last ones, ms. */
  readonly requestMs: number | undefined;
  /** Subscribes from now on. */
  start(): void;
  stop(): void;
  /** Drops the connection for that long; the subscription then goes on from its cursor. */
  cut(durationMs: number): void;
  /** Subscribes anew with the present settings, from where it stands: nothing is missed or doubled. */
  renew(): void;
}

interface Run {
  readonly ending: AbortController;
  /** Where it stands, or is to start. */
  cursor(): string | undefined;
  cut(durationMs: number): void;
  /** Settles when all that it received has been read. */
  readonly done: Promise<void>;
}

/** How much one turnaround counts in their running mean. */
const SMOOTHING = 0.1;
const DURATIONS = 15;

const BARS: Record<TransportInfo['carrier'], BarKind> = {
  requests: 'request',
  response: 'stream',
  socket: 'socket',
};

export function createLine({ name, env, baseUrl, client, settings, received }: LineOptions): Line {
  const meter = new Meter();
  const trace = new Trace(BARS[TRANSPORTS[name].carrier]);
  const running = signal(false);
  const refusal = signal<string | undefined>(undefined);
  let run: Run | undefined;
  let lastDone: Promise<void> = Promise.resolve();
  let cutUntil = 0;
  let answeredAt: number | undefined;
  const durations = new SlidingWindow(DURATIONS);
  let turnaroundMs: number | undefined;

  function observe(activity: Activity): void {
    meter.activity(activity);
    trace.activity(activity);
    if (activity.kind === 'response') {
      answeredAt = activity.at;
      const bar = trace.ended.items.at(-1);
      const answered = activity.outcome === 'messages' || activity.outcome === 'empty';
      if (bar?.id === activity.id && answered) durations.push(bar.end, bar.end - bar.start);
    } else if (activity.kind === 'state') answeredAt = undefined;
    else if (answeredAt !== undefined) {
      const turnaround = activity.at - answeredAt;
      turnaroundMs = turnaroundMs === undefined ? turnaround : mix(turnaroundMs, turnaround);
    }
  }

  async function read(subscription: Subscription): Promise<void> {
    for await (const event of subscription) {
      if (event.kind === 'gap') {
        meter.gap(event.gap);
      } else {
        meter.message(event.message, event.cursor, event.receivedAt);
        trace.message(event.message.at, event.receivedAt);
        received(event.message, event.receivedAt);
      }
    }
  }

  function begin(after: string | undefined): Run {
    const ending = new AbortController();
    let subscription: Subscription | undefined;
    const previous = lastDone;
    const open = async (): Promise<void> => {
      await previous; // what came before is counted before
      if (ending.signal.aborted) return;
      meter.nextSubscription(after);
      answeredAt = undefined;
      const { intervalMs, holdMs } = settings.peek();
      const from = after === undefined ? {} : { after };
      subscription = subscribe(
        {
          baseUrl,
          topic: DEFAULT_TOPIC,
          transport: name,
          client,
          intervalMs,
          holdMs,
          signal: ending.signal,
          observe,
          ...from,
        },
        env,
      );
      await read(subscription);
    };
    const done = open().catch((error: unknown) => {
      if (ending.signal.aborted) return;
      refusal.value = error instanceof Error ? error.message : String(error);
      running.value = false;
      run = undefined;
    });
    lastDone = done;
    return {
      ending,
      cursor: () => subscription?.cursor ?? after,
      cut: (durationMs) => subscription?.cut(durationMs),
      done,
    };
  }

  return {
    name,
    meter,
    trace,
    running,
    refusal,
    get cutUntil() {
      return cutUntil;
    },
    get requestMs() {
      if (TRANSPORTS[name].paced !== 'interval') return undefined; // held, or endless
      return quantile(durations.between(0, Number.POSITIVE_INFINITY), 0.5);
    },
    get turnaroundMs() {
      return turnaroundMs;
    },
    start() {
      if (run) return;
      refusal.value = undefined;
      running.value = true;
      run = begin(undefined);
    },
    stop() {
      run?.ending.abort();
      run = undefined;
      cutUntil = 0;
      running.value = false;
    },
    cut(durationMs) {
      if (!run) return;
      cutUntil = env.now() + durationMs;
      run.cut(durationMs);
    },
    renew() {
      if (!run) return;
      run.ending.abort();
      cutUntil = 0;
      run = begin(run.cursor());
    },
  };
}

function mix(mean: number, sample: number): number {
  return mean + SMOOTHING * (sample - mean);
}
