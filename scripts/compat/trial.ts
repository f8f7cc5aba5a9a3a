import type { BrowserContext, Page } from 'playwright-core';
import {
  feedPath,
  type PollAnswer,
  type Stats,
  TRANSPORT_NAMES,
  type TransportName,
} from '../../server/wire.ts';
import { sleep } from '../../web/clients/sleep.ts';
import type { TrialPlan, TrialRecord } from '../../web/compat/environment-trial.ts';
import type { EnvironmentOutcome } from '../../web/compat/schema.ts';
import type { EnvironmentContext } from './environment.ts';

/** One topic for all: each lab here serves one environment. */
const TOPIC = 'page';

/** Messages of a trial, and when they are published: ms after its start. */
const PUBLISH_AT_MS = [500, 900] as const;
const WAIT_MS = 3000;

/** What was seen of one transport. */
export interface Seen {
  readonly received: number;
  readonly expected: number;
  readonly waitedMs: number;
  /** Connections that were lost or refused. */
  readonly failures: number;
  /** Its requests (a WebSocket's: upgrades) that the lab answered. */
  readonly reached: number;
  /** What Chromium's console said first about it. */
  readonly complaint: string | null;
}

export type TrialOutcomes = Readonly<Record<TransportName, EnvironmentOutcome>>;

/** Opens a page and lets it subscribe over every transport, while messages are published past it. */
export async function tryTransports(
  { host }: EnvironmentContext,
  context: BrowserContext,
  { pageUrl, baseUrl, labUrl }: { pageUrl: string; baseUrl: string; labUrl: string },
): Promise<Readonly<Record<TransportName, Seen>>> {
  const page = await host.open(context, pageUrl);
  const complaints = listenToConsole(page);
  const after = await currentCursor(labUrl);
  const plan: TrialPlan = {
    subscriptions: TRANSPORT_NAMES.map((transport) => ({
      transport,
      baseUrl,
      topic: TOPIC,
      after,
      client: transport,
    })),
    messages: PUBLISH_AT_MS.length,
    waitMs: WAIT_MS,
    leave: 'early',
  };
  const [record] = await Promise.all([host.call(page, 'trial', plan), publish(labUrl, PUBLISH_AT_MS)]);
  const reached = await Promise.all(TRANSPORT_NAMES.map((name) => countReached(labUrl, name)));
  const seen = TRANSPORT_NAMES.map((transport, i) => [
    transport,
    describeSeen(record, i, reached[i] ?? 0, complaints(transport)),
  ]);
  // Object.fromEntries cannot know that every name is there.
  return Object.fromEntries(seen) as Record<TransportName, Seen>;
}

/** Outcomes in words; `because` adds what an environment has found out by other means. */
export function outcomesOf(
  seen: Readonly<Record<TransportName, Seen>>,
  because: (name: TransportName, seen: Seen) => string | undefined = () => undefined,
): TrialOutcomes {
  const outcomes = TRANSPORT_NAMES.map((name) => [name, outcomeOf(seen[name], because(name, seen[name]))]);
  // Object.fromEntries cannot know that every name is there.
  return Object.fromEntries(outcomes) as Record<TransportName, EnvironmentOutcome>;
}

function outcomeOf(seen: Seen, because: string | undefined): EnvironmentOutcome {
  const { received, expected, waitedMs, complaint, reached } = seen;
  const works = received === expected ? 'yes' : received > 0 ? 'some' : 'no';
  const sentences =
    works === 'yes'
      ? [`${received} of ${expected} messages.`]
      : [
          received === 0
            ? `Nothing within ${seconds(waitedMs)}.`
            : `${received} of ${expected} messages within ${seconds(waitedMs)}.`,
          complaint === null ? 'The console said nothing.' : `Console: “${complaint}”`,
          reached === 0
            ? 'Nothing of it reached the server.'
            : `The server answered ${reached} of its requests.`,
        ];
  return { works, detail: [...sentences, ...(because === undefined ? [] : [because])].join(' ') };
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1).replace(/\.0$/, '')} s`;
}

function describeSeen(
  { subscriptions, endedMs }: TrialRecord,
  index: number,
  reached: number,
  complaint: string | null,
): Seen {
  const { arrivedMs = [], failures = 0 } = subscriptions[index] ?? {};
  return {
    received: arrivedMs.length,
    expected: PUBLISH_AT_MS.length,
    waitedMs: endedMs,
    failures,
    reached,
    complaint,
  };
}

/** Where a subscriber stands that has seen nothing yet. */
export async function currentCursor(labUrl: string): Promise<string> {
  const answer = await fetch(labUrl + feedPath(TOPIC, 'short-poll'));
  return ((await answer.json()) as PollAnswer).cursor; // the wire's promise (server/wire.ts)
}

/** Publishes one message at each of the times, ms from now, directly to the lab. */
export async function publish(labUrl: string, atMs: readonly number[]): Promise<void> {
  const startedAt = performance.now();
  for (const [i, dueMs] of atMs.entries()) {
    await sleep(startedAt + dueMs - performance.now(), new AbortController().signal);
    const { status } = await fetch(labUrl + feedPath(TOPIC, 'messages'), {
      method: 'POST',
      body: JSON.stringify({ type: 'trial', data: i + 1 }),
    });
    if (status !== 201)
      throw new Error(`The lab answered ${status} where 201 was expected: nothing was published.`);
  }
}

async function countReached(labUrl: string, name: TransportName): Promise<number> {
  const { traffic } = (await (await fetch(`${labUrl}/api/stats?client=${name}`)).json()) as Stats; // server/wire.ts
  // A WebSocket client that was refused asks for the reason by a plain request: that is not the transport.
  return name === 'websocket' ? traffic[name].upgrades : traffic[name].requests;
}

/** Collects what the console complains of; the returned function gives the first complaint about a transport. */
export function listenToConsole(page: Page): (name: TransportName) => string | null {
  const complaints: { readonly text: string; readonly url: string }[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') {
      complaints.push({ text: message.text(), url: message.location().url });
    }
  });
  return (name) => {
    const path = feedPath(TOPIC, name);
    const about =
      complaints.find(({ text }) => text.includes(path)) ?? complaints.find(({ url }) => url.includes(path));
    return about ? shorten(about.text) : null;
  };
}

/** Without the paths of URLs, which say nothing here, and on one line. */
export function shorten(text: string): string {
  return text
    .replace(/\b((?:https?|wss?):\/\/[^/\s'"]+)\/[^\s'"]*/g, '$1/…')
    .replace(/\s+/g, ' ')
    .trim();
}
