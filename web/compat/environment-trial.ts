import { DIAGNOSE, type TransportName } from '../../server/wire.ts';
import { createBrowserEnv, localNow } from '../browser-env.ts';
import type { Env } from '../clients/client.ts';
import { sleep } from '../clients/sleep.ts';
import { subscribe } from '../clients/subscribe.ts';

/** What a page is asked to subscribe to. JSON, since it comes from outside the page. */
export interface TrialPlan {
  readonly subscriptions: readonly TrialSubscription[];
  /** How many messages each of them is to receive. */
  readonly messages: number;
}

interface TrialSubscription {
  readonly transport: TransportName;
  readonly baseUrl: string;
  readonly topic: string;
  /** Where it stands: what is published from here on is for it, whenever it gets through. */
  readonly after: string;
  /** Label of its traffic in the server's statistics. */
  readonly client: string;
}

/** What each subscription has come to, in the order of the plan. */
export interface TrialRecord {
  readonly received: readonly number[];
  /** How long was waited for what is missing: ms. */
  readonly waitedMs: number;
}

export interface FetchRecord {
  /** How long it took: ms. Null: it had not come back at the end. */
  readonly tookMs: number | null;
  /** Null where it failed or did not come back. */
  readonly status: number | null;
}

/** Short enough that a poller gets what it is to get within any wait: ms. */
const POLL_INTERVAL_MS = 200;
/** Longer than any wait: what a long poll gets, it gets from a message. */
const HOLD_MS = 25_000;

/** What this page subscribes to, for as long as it is open. */
const running: { readonly wanted: number; received: number }[] = [];
let whenAllIsIn: (() => void) | undefined;

/** Subscribes with the dashboard's own clients; they stay until the page is closed. */
export function startTrial({ subscriptions, messages }: TrialPlan): void {
  for (const { transport, baseUrl, topic, after, client } of subscriptions) {
    const one = { wanted: messages, received: 0 };
    running.push(one);
    const intervalMs = POLL_INTERVAL_MS;
    const subscription = subscribe(
      { transport, baseUrl, topic, after, client, intervalMs, holdMs: HOLD_MS },
      unlabelledQuestions(createBrowserEnv({ now: localNow })),
    );
    const read = async (): Promise<void> => {
      for await (const event of subscription) {
        if (event.kind === 'message') one.received += 1;
        if (isAllIn()) whenAllIsIn?.();
      }
    };
    read().catch(() => undefined); // refused for good: what it has not received says so
  }
}

/** A client that was refused asks plainly for the reason: that counts for nobody's traffic. */
function unlabelledQuestions(env: Env): Env {
  return {
    ...env,
    fetch(url, init) {
      const asked = new URL(url);
      if (asked.searchParams.has(DIAGNOSE)) asked.searchParams.delete('client');
      return env.fetch(asked.href, init);
    },
  };
}

/** Waits until all is in, or for `waitMs`. */
export async function readTrial({ waitMs }: { readonly waitMs: number }): Promise<TrialRecord> {
  const startedAt = localNow();
  const allIn = new AbortController();
  whenAllIsIn = () => allIn.abort();
  if (!isAllIn()) await sleep(waitMs, allIn.signal);
  return { received: running.map(({ received }) => received), waitedMs: Math.round(localNow() - startedAt) };
}

/** An ordinary request beside the subscriptions, given up after `waitMs`. */
export async function tryFetch({ url, waitMs }: { url: string; waitMs: number }): Promise<FetchRecord> {
  const askedAt = localNow();
  const signal = AbortSignal.timeout(waitMs);
  try {
    const { status } = await fetch(url, { signal, cache: 'no-store' });
    return { tookMs: Math.round(localNow() - askedAt), status };
  } catch {
    return { tookMs: signal.aborted ? null : Math.round(localNow() - askedAt), status: null };
  }
}

function isAllIn(): boolean {
  return running.every(({ wanted, received }) => received >= wanted);
}
