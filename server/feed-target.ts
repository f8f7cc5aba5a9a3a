import type { Feed } from './feed/feed.ts';
import { LabError } from './problem.ts';
import { CONDUCT, type Conduct } from './transports/conduct.ts';
import {
  CLIENT_PATTERN,
  EARLIEST,
  isManners,
  isTransportName,
  MANNERS,
  type Manners,
  TRANSPORT_NAMES,
  type TransportName,
} from './wire.ts';

/** What a feed's URL says. */
export interface Target {
  readonly topic: string;
  readonly resource: TransportName | 'messages';
  readonly query: URLSearchParams;
  readonly client: string | null;
  readonly conduct: Conduct;
}

export function isFeedUrl(url: string | undefined): boolean {
  return url?.startsWith('/feeds/') === true;
}

/** Throws `not-found` or `bad-value`; `ownManners` are in force where the URL asks for none. */
export function parseTarget(url = '', ownManners: Manners): Target {
  const mark = url.indexOf('?');
  const path = mark < 0 ? url : url.slice(0, mark);
  const search = mark < 0 ? '' : url.slice(mark + 1);
  const { 2: topic = '', 3: resource = '', length } = path.split('/');
  if (length > 4 || topic === '') {
    throw new LabError(
      'not-found',
      'A feed is at /feeds/TOPIC/TRANSPORT; messages go to /feeds/TOPIC/messages.',
    );
  }
  if (!isTransportName(resource) && resource !== 'messages') {
    throw new LabError(
      'not-found',
      `There is no transport ${JSON.stringify(resource.slice(0, 80))}; there are ${TRANSPORT_NAMES.join(', ')}.`,
    );
  }
  const query = new URLSearchParams(search);
  const client = query.get('client');
  if (client !== null && !CLIENT_PATTERN.test(client)) {
    throw new LabError(
      'bad-value',
      `client=${client.slice(0, 80)} is no label: 1 to 48 of letters, digits, ".", "_", "-".`,
    );
  }
  const manners = query.get('manners') ?? ownManners;
  if (!isManners(manners)) {
    throw new LabError('bad-value', `manners=${manners.slice(0, 80)} is none of ${MANNERS.join(', ')}.`);
  }
  return { topic: decodeTopic(topic), resource, query, client, conduct: CONDUCT[manners] };
}

/**
 * Goes on once the feed can be read from where a target's reader stands: at once, unless the bus must be asked first, and
 * then perhaps with the reason why it could not be.
 */
export function whenSettled(
  feed: Feed,
  { topic, resource, query }: Target,
  newerCursor: string | undefined,
  go: (failure?: unknown) => void,
): void {
  const after = newerCursor ?? query.get('after') ?? undefined;
  const settling = resource === 'messages' ? undefined : feed.settle(topic, after);
  if (settling) settling.then(() => go(), go);
  else go();
}

/**
 * A target's topic, and where its reader stands. `newerCursor` is used instead of `?after=`, where there is one.
 * Throws `bad-topic`, `bad-cursor` or `too-many`.
 */
export function openTarget(feed: Feed, { topic: name, query, conduct }: Target, newerCursor?: string) {
  const topic = feed.topic(name);
  const after = newerCursor ?? query.get('after') ?? undefined;
  return {
    topic,
    position: topic.locate(after),
    resumes: after !== undefined && after !== EARLIEST,
    query,
    conduct,
  };
}

function decodeTopic(text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // not a topic name in any reading: the feed says so
  }
}
