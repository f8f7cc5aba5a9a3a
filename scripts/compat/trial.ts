import type { BrowserContext, Page } from 'playwright-core';
import { feedPath, TRANSPORT_NAMES, type TransportName } from '../../server/wire.ts';
import type { TrialPlan } from '../../web/compat/environment-trial.ts';
import type { EnvironmentOutcome } from '../../web/compat/schema.ts';
import type { EnvironmentContext } from './environment.ts';
import { countReached, currentCursor, publish } from './trial-feed.ts';

/** One topic for all: each lab here serves one environment. */
const TOPIC = 'page';

/** When the messages of a trial are published: ms after its start. */
const PUBLISH_AT_MS = [500, 900] as const;

/** How long is waited for what does not come. On a machine that is busy, everything takes longer: ms. */
const PATIENCE = { leastMs: 3000, mostMs: 5000, pagesOpened: 3 } as const;

/** What was seen of one transport. */
export interface Seen {
  readonly received: number;
  readonly expected: number;
  readonly waitedMs: number;
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
  const openingAt = performance.now();
  const page = await host.open(context, pageUrl);
  const waitMs = patienceMs(performance.now() - openingAt);
  const complaints = listenToConsole(page);
  const after = await currentCursor(labUrl, TOPIC);
  const plan: TrialPlan = {
    subscriptions: TRANSPORT_NAMES.map((transport) => ({
      transport,
      baseUrl,
      topic: TOPIC,
      after,
      client: transport,
    })),
    messages: PUBLISH_AT_MS.length,
  };
  await host.call(page, 'startTrial', plan);
  const [record] = await Promise.all([
    host.call(page, 'readTrial', { waitMs }),
    publish(labUrl, TOPIC, PUBLISH_AT_MS),
  ]);
  const reached = await Promise.all(TRANSPORT_NAMES.map((name) => countReached(labUrl, name)));
  const seen = TRANSPORT_NAMES.map((transport, i): readonly [TransportName, Seen] => [
    transport,
    {
      received: record.received[i] ?? 0,
      expected: plan.messages,
      waitedMs: record.waitedMs,
      reached: reached[i] ?? 0,
      complaint: complaints(transport),
    },
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
          complaint === null
            ? 'The console said nothing.'
            : `Console: “${complaint}”${/[.!?]$/.test(complaint) ? '' : '.'}`,
          reached === 0
            ? 'The server took up none of it.'
            : `The server answered ${reached} ${reached === 1 ? 'request' : 'requests'} of it.`,
        ];
  return { works, detail: [...sentences, ...(because === undefined ? [] : [because])].join(' ') };
}

/** How long to wait, given how long it took to open a page: ms. */
export function patienceMs(pageOpenMs: number): number {
  const { leastMs, mostMs, pagesOpened } = PATIENCE;
  return Math.min(mostMs, Math.max(leastMs, pagesOpened * pageOpenMs));
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1).replace(/\.0$/, '')} s`;
}

/** Collects what the console complains of; the returned function gives the first complaint about a transport. */
function listenToConsole(page: Page): (name: TransportName) => string | null {
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
