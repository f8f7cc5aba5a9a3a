import { DIAGNOSE } from '../../server/wire.ts';
import type { Activity, Env, FeedEvent, FetchedResponse, PageEnv } from '../clients/client.ts';
import { isFailed } from './evidence.ts';
import { isPoll } from './lanes.ts';
import type { Arrival, Evidence, Exchange, Loss, ProbeRow } from './schema.ts';

/** Of a long series of polls, so many exchanges are kept: from its beginning, its end, and all that failed. */
const KEPT_EXCHANGES = 120;

/** What the recorder needs to know of time. */
export interface ProbeClock {
  /** Since the probe's start, on the client's clock, of an instant of the Env's clock: ms. */
  since(at: number): number;
  /** What is to be added to the Env's clock to have the server's, ms. */
  readonly offsetMs: number;
}

/** Writes down what one row's subscription goes through, and what happens beneath it. */
export interface RowRecorder {
  /** The host as it is, with an ear on its requests. */
  readonly env: Env;
  observe(activity: Activity): void;
  event(event: FeedEvent): void;
  gaveUp(error: unknown): void;
  /** Distinct messages so far. */
  readonly delivered: number;
  /** True where the subscription has ended for good. */
  readonly over: boolean;
  readonly evidence: Evidence;
}

type StateActivity = Extract<Activity, { kind: 'state' }>;
type Open<T> = { -readonly [K in keyof T]: T[K] };

export function createRowRecorder(
  transport: ProbeRow['transport'],
  host: Env,
  clock: ProbeClock,
): RowRecorder {
  const arrivals: Arrival[] = [];
  const came = new Set<number>();
  const openedAtMs: number[] = [];
  const losses: Loss[] = [];
  const exchanges: Open<Exchange>[] = [];
  let leftOut = 0;
  let missed = 0;
  let gaveUp: string | null = null;
  /** Rows never have two requests at a time: this is the one that is under way, or the last. */
  let current: Open<Exchange> | undefined;
  let open = false;
  /** When the present connection was begun, and last heard of. */
  let begunMs: number | undefined;
  let heardMs = 0;
  let survivedMs = 0;

  const nowMs = (): number => clock.since(host.now());
  const heard = (atMs = nowMs()): void => {
    if (open) survivedMs = Math.max(survivedMs, atMs - heardMs);
    heardMs = atMs;
  };
  const head = (status: number | null): void => {
    if (!current) return;
    current.headMs ??= nowMs();
    current.status = status ?? current.status;
    heard();
  };

  function begin(atMs: number): void {
    current = { atMs, headMs: null, endMs: null, status: null, outcome: null };
    exchanges.push(current);
    begunMs ??= atMs;
    if (exchanges.length <= KEPT_EXCHANGES) return;
    const middle = exchanges.findIndex((one, i) => i >= KEPT_EXCHANGES / 2 && !isFailed(one));
    if (middle < 0 || exchanges[middle] === current) return;
    exchanges.splice(middle, 1);
    leftOut += 1;
  }

  function become({ state, error, lostBy = 'closed' }: StateActivity, atMs: number): void {
    if (state === 'open') {
      // Where it already was, a poll was answered that needed no opening.
      if (!open) survivedMs = 0;
      open = true;
      heardMs = atMs;
      openedAtMs.push(atMs);
      return;
    }
    if (open && state !== 'closed') {
      losses.push({
        atMs,
        ageMs: atMs - (begunMs ?? atMs),
        silentMs: Math.max(0, atMs - heardMs),
        survivedMs,
        by: lostBy,
        error: error ?? null,
      });
    }
    open = false;
    begunMs = undefined;
  }

  const env: Env = {
    ...host,
    async fetch(url, init) {
      if (new URL(url).searchParams.has(DIAGNOSE)) {
        const asking = current;
        if (asking) asking.plainStatus = null;
        const response = await host.fetch(url, init);
        if (asking) asking.plainStatus = response.status;
        return response;
      }
      const response = await host.fetch(url, init);
      // What goes up beside it has an answer of its own; refused, it ends what it belongs to.
      if (init.method !== 'POST') head(response.status);
      else if (current && !response.ok) current.status = response.status;
      return { ...response, chunks: () => chunksOf(response) };
    },
    openSocket: (url, handlers, protocols) =>
      host.openSocket(
        url,
        {
          ...handlers,
          opened() {
            head(101);
            handlers.opened?.();
          },
          refused(status) {
            head(status);
            handlers.refused?.(status);
          },
          text(data) {
            heard();
            handlers.text(data);
          },
          bytes(data) {
            heard();
            handlers.bytes?.(data);
          },
        },
        protocols,
      ),
    openEventStream: (url, names, handlers) =>
      host.openEventStream(url, names, {
        ...handlers,
        opened() {
          head(200);
          handlers.opened?.();
        },
        refused(status) {
          head(status);
          handlers.refused?.(status);
        },
        event(name, data, id) {
          heard();
          handlers.event(name, data, id);
        },
      }),
    ...(host.page && { page: listeningPage(host.page) }),
  };

  async function* chunksOf(response: FetchedResponse): AsyncGenerator<Uint8Array, void> {
    for await (const chunk of response.chunks()) {
      heard();
      yield chunk;
    }
  }

  /** What a document loads by itself has no status that anybody could see. */
  function listeningPage(page: PageEnv): PageEnv {
    return {
      loadScript: (url, callback, handlers) =>
        page.loadScript(url, callback, {
          ...handlers,
          value(value) {
            head(null);
            handlers.value(value);
          },
        }),
      openFrame: (url, handlers) =>
        page.openFrame(url, {
          ...handlers,
          value(value) {
            head(null);
            handlers.value(value);
          },
        }),
    };
  }

  return {
    env,
    observe(activity) {
      const atMs = clock.since(activity.at);
      if (activity.kind === 'request') begin(atMs);
      else if (activity.kind === 'state') become(activity, atMs);
      else if (current) {
        current.endMs = atMs;
        current.outcome = activity.outcome;
        if (isPoll(transport) && !isFailed(current)) heard(atMs);
      }
    },
    event(event) {
      if (event.kind === 'gap') {
        missed += event.gap.missed ?? 0;
        return;
      }
      const { message, receivedAt } = event;
      const lateMs = receivedAt + clock.offsetMs - message.at;
      came.add(message.seq);
      arrivals.push({ seq: message.seq, atMs: clock.since(receivedAt), lateMs });
    },
    gaveUp(error) {
      gaveUp = error instanceof Error ? error.message : String(error);
    },
    get delivered() {
      return came.size;
    },
    get over() {
      return gaveUp !== null;
    },
    get evidence() {
      return {
        arrivals: [...arrivals],
        missed,
        openedAtMs: [...openedAtMs],
        losses: [...losses],
        exchanges: exchanges.map((one) => ({ ...one })),
        exchangesLeftOut: leftOut,
        gaveUp,
      };
    },
  };
}
