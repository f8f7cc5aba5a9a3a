import type { BrowserContext, Page } from 'playwright-core';
import { TECHNIQUES, TRANSPORT_NAMES, TRANSPORTS, type TransportName } from '../../server/wire.ts';
import { sleep } from '../../web/clients/sleep.ts';
import type { FetchRecord, TrialPlan } from '../../web/compat/environment-trial.ts';
import type { EnvironmentOutcome, EnvironmentSubject } from '../../web/compat/schema.ts';
import type { EnvironmentContext } from './environment.ts';
import { startPageServer } from './page-server.ts';
import { BROWSER_LANES } from './pages.ts';
import { patienceMs, seconds } from './trial.ts';
import { currentCursor, publish } from './trial-feed.ts';

/** Eight subscriptions to one origin, each over the same transport. */
export interface Crowd {
  readonly spread: 'one page' | 'tabs';
  readonly http: '1.1' | '2';
}

const SUBSCRIBERS = 8;

/** Until everything is in place: a long poll's first request is held for a second, those that queue as long. */
const SETTLE_MS = 2500;

/** When messages are published, ms after the ordinary request has been answered or has waited long enough. */
const PUBLISH_AT_MS = [0, 300] as const;

type CrowdOutcomes = Readonly<Partial<Record<EnvironmentSubject, EnvironmentOutcome>>>;

/** What came of one transport's crowd. */
export interface CrowdRecord {
  readonly transport: TransportName;
  /** For each subscriber, how many messages it has received. */
  readonly received: readonly number[];
  /** The ordinary request, and how long it had. */
  readonly fetch: FetchRecord;
  readonly fetchWaitMs: number;
  /** True where it was answered while everything else waited for news. */
  readonly beforeNews: boolean;
}

/** Lets each transport have eight subscribers, each transport in a browser of its own. */
export async function gather(context: EnvironmentContext, crowd: Crowd): Promise<CrowdOutcomes> {
  const server = context.use(
    await startPageServer({ protocol: crowd.http === '2' ? 'http/2 and http/1.1' : 'http' }),
  );
  // Over HTTP/1.1 the lab itself is asked; nothing shall be between that keeps connections of its own.
  const labUrl = await context.startLab(crowd.http === '2' ? ['--allow-origin', server.origin] : []);
  server.forwardTo(labUrl);
  const baseUrl = crowd.http === '2' ? server.origin : labUrl;
  const records: CrowdRecord[] = [];
  // A context has a pool of connections of its own, which its pages share.
  await Promise.all(
    // Eight tabs of each are many: there are the techniques' alone.
    (crowd.spread === 'tabs' ? TECHNIQUES : BROWSER_LANES).map(async (transport) => {
      const pages = context.use(await context.host.newContext({ selfSigned: true }));
      records.push(await subscribeAll(context, pages, crowd, transport, { baseUrl, labUrl }));
    }),
  );
  return describeCrowds(records);
}

async function subscribeAll(
  { host }: EnvironmentContext,
  context: BrowserContext,
  { spread }: Crowd,
  transport: TransportName,
  { baseUrl, labUrl }: { baseUrl: string; labUrl: string },
): Promise<CrowdRecord> {
  const pages: Page[] = [];
  // All documents are there before the first subscription is: a tab that comes later may not even load.
  const openingAt = performance.now();
  while (pages.length < (spread === 'tabs' ? SUBSCRIBERS : 1)) {
    pages.push(await host.open(context, `${baseUrl}/healthz`, pages[0]));
  }
  const waitMs = patienceMs((performance.now() - openingAt) / pages.length);
  const after = await currentCursor(labUrl, transport);
  const subscription = { transport, baseUrl, topic: transport, after, client: transport };
  const plan: TrialPlan = {
    subscriptions: Array.from({ length: SUBSCRIBERS / pages.length }, () => subscription),
    messages: PUBLISH_AT_MS.length,
  };
  await Promise.all(pages.map((page) => host.call(page, 'startTrial', plan)));
  await sleep(SETTLE_MS, new AbortController().signal);
  const [asking] = pages;
  if (!asking) throw new Error('No page was opened.');
  const fetchWaitMs = 2 * waitMs;
  const fetched = host.call(asking, 'tryFetch', { url: `${baseUrl}/healthz`, waitMs: fetchWaitMs });
  const readAll = async () => {
    const beforeNews = await comesWithin(fetched, waitMs);
    await publish(labUrl, transport, PUBLISH_AT_MS);
    const records = await Promise.all(pages.map((page) => host.call(page, 'readTrial', { waitMs })));
    return { beforeNews, received: records.flatMap(({ received }) => received) };
  };
  const [fetch, read] = await Promise.all([fetched, readAll()]);
  return { transport, fetch, fetchWaitMs, ...read };
}

async function comesWithin(what: Promise<unknown>, waitMs: number): Promise<boolean> {
  const come = new AbortController();
  const end = (): void => come.abort();
  what.then(end, end);
  await sleep(waitMs, come.signal);
  return come.signal.aborted;
}

/** Outcomes in words: one for each transport, and one for the ordinary request beside them. */
export function describeCrowds(records: readonly CrowdRecord[]): CrowdOutcomes {
  const besides = TRANSPORT_NAMES.flatMap((name) => records.filter(({ transport }) => transport === name));
  const prompt = besides.filter(isPrompt).length;
  return {
    ...Object.fromEntries(besides.map((record) => [record.transport, describeCrowd(record)])),
    fetch: {
      works: prompt === besides.length ? 'yes' : prompt > 0 ? 'some' : 'no',
      detail: besides
        .map((record) => `Beside ${TRANSPORTS[record.transport].title}: ${describeFetch(record)}.`)
        .join(' '),
    },
  };
}

function describeCrowd(record: CrowdRecord): EnvironmentOutcome {
  const { received } = record;
  const served = received.filter((count) => count === PUBLISH_AT_MS.length).length;
  const works = served === received.length ? 'yes' : served > 0 ? 'some' : 'no';
  return {
    works,
    detail: `${served} of ${received.length} received; an ordinary fetch beside them: ${describeFetch(record)}.`,
  };
}

function isPrompt({ fetch: { status }, beforeNews }: CrowdRecord): boolean {
  return status === 200 && beforeNews;
}

function describeFetch(record: CrowdRecord): string {
  const { tookMs, status } = record.fetch;
  if (tookMs === null) return `stalled with them, nothing within ${seconds(record.fetchWaitMs)}`;
  if (status !== 200) return `failed after ${tookMs} ms (${status ?? 'no answer'})`;
  if (isPrompt(record)) return `answered in ${tookMs} ms`;
  return `waited ${seconds(tookMs)}, until a message ended held requests`;
}
