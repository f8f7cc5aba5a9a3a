import { LabError, refusalOf } from '../problem.ts';
import { EARLIEST, type Position, parseCursor, type Receipt, type Refusal } from '../wire.ts';
import type { Bus, BusDraft, BusRecord } from './bus.ts';
import type { Feed } from './feed.ts';
import { Follower } from './follower.ts';
import type { Subscription } from './subscription.ts';
import type { Topic } from './topic.ts';

/** What was asked for, or why it was refused: errors lose their kind between processes. */
type RelayAnswer<T> = { readonly value: T } | { readonly refused: Refusal };

/** Where a topic stands, and how many messages it holds. */
interface Stand {
  readonly position: Position;
  readonly held: number;
}

/** What a process without a bus of its own asks of the one that has the feed. Calls arrive in the order in which they were made. */
export interface RelayCalls {
  /** From now on the topic's records are sent, those that are held to begin with. */
  join(topic: string): Promise<RelayAnswer<Stand>>;
  leave(topic: string): Promise<void>;
  stand(topic: string): Promise<RelayAnswer<Stand>>;
  publish(topic: string, draft: BusDraft): Promise<RelayAnswer<Receipt>>;
}

/** What that one sends: consecutive records. Resolves when they have been taken, and before that nothing more is sent. */
export type SendRecords = (topic: string, records: readonly BusRecord[]) => Promise<void>;

/** How much is sent at once. */
const PAGE = { messages: 1000, bytes: 1024 ** 2 } as const;

/** The end of it where the feed is: to the feed, who follows it elsewhere is a subscriber like any other. */
export function createRelay(feed: Feed, send: SendRecords): RelayCalls & { close(): void } {
  const joined = new Map<string, Subscription>();

  function follow(name: string): Subscription {
    const topic = feed.topic(name);
    return topic.attach(topic.locate(EARLIEST), (due) => {
      if (!due.pending) return;
      // A gap shows in the numbers.
      const { entries } = due.next(PAGE).page;
      due.pause();
      send(
        name,
        entries.map(({ epoch, seq, at, type, key, body }) => ({ epoch, seq, at, type, key, body })),
      ).then(
        () => due.resume(),
        () => due.close(), // the process is gone
      );
    });
  }

  /** Joined with the first question that is let through: an earlier one may have been refused. */
  function topicOf(name: string): Topic {
    if (!joined.has(name)) joined.set(name, follow(name));
    return feed.topic(name);
  }

  const stand = (name: string): Stand => {
    const topic = topicOf(name);
    return { position: topic.locate(undefined), held: topic.stats.logMessages };
  };
  return {
    join: (name) =>
      answering(() => {
        joined.get(name)?.close();
        joined.delete(name);
        return stand(name);
      }),
    async leave(name) {
      joined.get(name)?.close();
      joined.delete(name);
    },
    stand: (name) => answering(() => stand(name)),
    publish: (name, draft) => answering(() => topicOf(name).publish(draft)),
    close() {
      for (const subscription of joined.values()) subscription.close();
    },
  };
}

async function answering<T>(work: () => T | Promise<T>): Promise<RelayAnswer<T>> {
  try {
    return { value: await work() };
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    return { refused: refusalOf(error) };
  }
}

/** Throws what was refused as it was thrown there. */
async function unwrap<T>(asking: Promise<RelayAnswer<T>>): Promise<T> {
  const answer = await asking;
  if ('value' in answer) return answer.value;
  const { code, detail, ...options } = answer.refused;
  throw new LabError(code, detail, options);
}

/** The other end: a bus. `take` is to be given what `SendRecords` sends. */
export function createRelayBus(
  feed: RelayCalls,
  onError: (error: unknown) => void,
): Bus & { take: SendRecords } {
  const topics = new Map<string, Follower>();
  return {
    join(name, receiver) {
      if (topics.has(name)) throw new Error(`topic ${name} is joined already`);
      const follower = new Follower(receiver);
      topics.set(name, follower);
      unwrap(feed.join(name)).then(
        ({ position, held }) => {
          if (held === 0) follower.stands(position);
        },
        (error: unknown) => {
          // What is refused is refused again to whoever wants to read it, or made up for when there is room.
          if (!(error instanceof LabError)) onError(error);
        },
      );
    },
    leave(name) {
      topics.get(name)?.leave();
      topics.delete(name);
      feed.leave(name).catch(onError);
    },
    async settle(name) {
      const { position, held } = await unwrap(feed.stand(name));
      const follower = topics.get(name);
      if (held === 0) follower?.stands(position);
      await follower?.reached(position);
    },
    async publish(name, draft) {
      const receipt = await unwrap(feed.publish(name, draft));
      const position = parseCursor(receipt.cursor);
      if (position) await topics.get(name)?.reached(position);
      return receipt;
    },
    async take(name, records) {
      const follower = topics.get(name);
      for (const record of records) follower?.take(record);
    },
    async close() {
      for (const follower of topics.values()) follower.leave();
    },
  };
}
