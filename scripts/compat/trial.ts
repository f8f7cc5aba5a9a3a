import type { Page } from 'playwright-core';
import { DIAGNOSE, feedPath, type TransportName } from '../../server/wire.ts';
import type { EnvironmentOutcome } from '../../web/compat/schema.ts';
import type { EnvironmentContext } from './environment.ts';
import { BROWSER_LANES, pagesOf } from './pages.ts';
import { countReached, currentCursor, publish } from './trial-feed.ts';

/** One topic for all: each lab here serves one environment. */
const TOPIC = 'page';

/** When the messages of a trial are published: ms after its start. */
const PUBLISH_AT_MS = [500, 900] as const;

/** How long is waited for what does not come. On a machine that is busy, everything takes longer: ms. */
const PATIENCE = { leastMs: 6000, mostMs: 12_000, pagesOpened: 3 } as const;

/** What was seen of one transport. */
export interface Seen {
  readonly received: number;
  readonly expected: number;
  readonly waitedMs: number;
  /** Its requests and upgrades that the lab answered. */
  readonly reached: number;
  /** What Chromium's console said first about it. */
  readonly complaint: string | null;
}

export type TrialOutcomes = Readonly<Partial<Record<TransportName, EnvironmentOutcome>>>;

type SeenByName = Readonly<Partial<Record<TransportName, Seen>>>;

interface TrialOptions {
  readonly pageUrl: string;
  readonly baseUrl: string;
  readonly labUrl: string;
  /** Lets certificates pass that nobody has signed. */
  readonly selfSigned?: boolean;
}

/**
 * Opens pages and lets them subscribe over every lane, while messages are published past them. Each page is one of a
 * browser by itself: as many as it takes for none of them to hold all the connections there are.
 */
export async function tryTransports(
  { host, use }: EnvironmentContext,
  { pageUrl, baseUrl, labUrl, selfSigned }: TrialOptions,
): Promise<SeenByName> {
  const openingAt = performance.now();
  const pages = await Promise.all(
    pagesOf(BROWSER_LANES).map(async (lanes) => {
      const context = use(await host.newContext({ selfSigned }));
      const page = await host.open(context, pageUrl);
      return { lanes, page, complaints: listenToConsole(page) };
    }),
  );
  const waitMs = patienceMs(performance.now() - openingAt);
  const after = await currentCursor(labUrl, TOPIC);
  const messages = PUBLISH_AT_MS.length;
  await Promise.all(
    pages.map(({ lanes, page }) => {
      const subscriptions = lanes.map((transport) => ({
        transport,
        baseUrl,
        topic: TOPIC,
        after,
        client: transport,
      }));
      return host.call(page, 'startTrial', { subscriptions, messages });
    }),
  );
  const [records] = await Promise.all([
    Promise.all(pages.map(({ page }) => host.call(page, 'readTrial', { waitMs }))),
    publish(labUrl, TOPIC, PUBLISH_AT_MS),
  ]);
  const seen = pages.flatMap(({ lanes, complaints }, at) =>
    lanes.map(
      async (name, i): Promise<[TransportName, Seen]> => [
        name,
        {
          received: records[at]?.received[i] ?? 0,
          expected: messages,
          waitedMs: records[at]?.waitedMs ?? 0,
          reached: await countReached(labUrl, name),
          complaint: complaints(name),
        },
      ],
    ),
  );
  return Object.fromEntries(await Promise.all(seen));
}

/** Outcomes in words; `because` adds what an environment has found out by other means. */
export function outcomesOf(
  seen: SeenByName,
  because: (name: TransportName, seen: Seen) => string | undefined = () => undefined,
): TrialOutcomes {
  return Object.fromEntries(
    BROWSER_LANES.flatMap((name) => {
      const own = seen[name];
      return own ? [[name, outcomeOf(own, because(name, own))]] : [];
    }),
  );
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
    const complaint = { text: message.text(), url: message.location().url };
    // A client that was refused asks plainly for the reason: what becomes of that is not the lane's.
    const plain = [complaint.text, complaint.url].some((one) => one.includes(`${DIAGNOSE}=`));
    if ((message.type() === 'error' || message.type() === 'warning') && !plain) complaints.push(complaint);
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
