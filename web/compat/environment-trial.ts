import type { TransportName } from '../../server/wire.ts';
import { createBrowserEnv, localNow } from '../browser-env.ts';
import { sleep } from '../clients/sleep.ts';
import { subscribe } from '../clients/subscribe.ts';

/** What a page is asked to try. JSON, since it comes from outside the page. All times in ms. */
export interface TrialPlan {
  readonly subscriptions: readonly TrialSubscription[];
  /** How many messages each of them is to receive. */
  readonly messages: number;
  readonly waitMs: number;
  /** `early`: when everything that was waited for is in. Others may wait for what this page holds. */
  readonly leave: 'early' | 'at the end';
  /** An ordinary request beside them, begun `afterMs` after the start. */
  readonly fetch?: { readonly url: string; readonly afterMs: number };
}

export interface TrialSubscription {
  readonly transport: TransportName;
  readonly baseUrl: string;
  readonly topic: string;
  /** Where it stands: what is published from here on is for it, whenever it gets through. */
  readonly after: string;
  /** Label of its traffic in the server's statistics. */
  readonly client: string;
}

/** What came of it; times are ms since the trial's start. */
export interface TrialRecord {
  /** In the order of the plan. */
  readonly subscriptions: readonly SubscriptionRecord[];
  /** Null where none was asked for. */
  readonly fetch: FetchRecord | null;
  readonly endedMs: number;
}

export interface SubscriptionRecord {
  readonly arrivedMs: readonly number[];
  /** Connections that were lost or refused. */
  readonly failures: number;
}

export interface FetchRecord {
  /** How long it took; null: it had not come back at the end. */
  readonly tookMs: number | null;
  /** Null where it failed or did not come back. */
  readonly status: number | null;
}

/** Short enough that a poller gets what it is to get within any wait. */
const POLL_INTERVAL_MS = 200;
/** Longer than any wait: what a long poll gets, it gets from a message. */
const HOLD_MS = 25_000;

/** Subscribes with the dashboard's own clients, and says what arrived. Never rejects for what a transport does. */
export async function runTrial(plan: TrialPlan): Promise<TrialRecord> {
  const startedAt = localNow();
  const elapsed = (): number => Math.round(localNow() - startedAt);
  const over = new AbortController();
  let waiting = plan.subscriptions.length + (plan.fetch ? 1 : 0);
  const finish = (): void => {
    waiting -= 1;
    if (waiting === 0 && plan.leave === 'early') over.abort();
  };
  const subscriptions = plan.subscriptions.map((one) =>
    follow(one, plan.messages, over.signal, elapsed, finish),
  );
  const fetched = plan.fetch ? ordinaryFetch(plan.fetch, over.signal, finish) : null;
  await sleep(plan.waitMs, over.signal);
  const endedMs = elapsed();
  over.abort();
  return {
    subscriptions: await Promise.all(subscriptions),
    fetch: await fetched,
    endedMs,
  };
}

async function follow(
  { transport, baseUrl, topic, after, client }: TrialSubscription,
  messages: number,
  signal: AbortSignal,
  elapsed: () => number,
  finish: () => void,
): Promise<SubscriptionRecord> {
  const arrivedMs: number[] = [];
  let failures = 0;
  const subscription = subscribe(
    {
      transport,
      baseUrl,
      topic,
      after,
      client,
      intervalMs: POLL_INTERVAL_MS,
      holdMs: HOLD_MS,
      signal,
      observe(activity) {
        if (activity.kind === 'state' && activity.state === 'waiting') failures += 1;
      },
    },
    createBrowserEnv({ now: localNow }),
  );
  try {
    for await (const event of subscription) {
      if (event.kind !== 'message') continue;
      arrivedMs.push(elapsed());
      if (arrivedMs.length === messages) finish();
    }
  } catch {
    failures += 1; // refused for good
  }
  return { arrivedMs, failures };
}

async function ordinaryFetch(
  { url, afterMs }: NonNullable<TrialPlan['fetch']>,
  signal: AbortSignal,
  finish: () => void,
): Promise<FetchRecord> {
  await sleep(afterMs, signal);
  const askedAt = localNow();
  try {
    const response = await fetch(url, { signal, cache: 'no-store' });
    return { tookMs: Math.round(localNow() - askedAt), status: response.status };
  } catch {
    return { tookMs: signal.aborted ? null : Math.round(localNow() - askedAt), status: null };
  } finally {
    finish();
  }
}
