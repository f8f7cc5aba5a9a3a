import { LabError } from '../problem.ts';
import { EARLIEST, type Position, type ProblemCode, parseCursor, type Receipt } from '../wire.ts';
import type { Bus, BusDraft, BusRecord } from './bus.ts';
import type { Feed } from './feed.ts';
import { Follower } from './follower.ts';
import type { Subscription } from './subscription.ts';

/** A receipt, or why there is none: errors lose their kind between processes. */
type RelayAnswer =
  | { readonly receipt: Receipt }
  | {
      readonly refused: {
        readonly code: ProblemCode;
        readonly detail: string;
        readonly retryAfterMs?: number;
      };
    };

/** What a process without a bus of its own asks of the one that has the feed. Calls arrive in the order in which they were made. */
export interface RelayCalls {
  /** From now on the topic's records are sent, those that are held to begin with. Answers where it stands. */
  join(topic: string): Promise<Position>;
  leave(topic: string): Promise<void>;
  stand(topic: string): Promise<Position>;
  publish(topic: string, draft: BusDraft): Promise<RelayAnswer>;
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

  const stand = (name: string): Position => feed.topic(name).locate(undefined);
  return {
    async join(name) {
      joined.get(name)?.close();
      joined.set(name, follow(name));
      return stand(name);
    },
    async leave(name) {
      joined.get(name)?.close();
      joined.delete(name);
    },
    stand: async (name) => stand(name),
    async publish(name, draft) {
      try {
        return { receipt: await feed.topic(name).publish(draft) };
      } catch (error) {
        if (!(error instanceof LabError)) throw error;
        const { code, message: detail, retryAfterMs } = error;
        return { refused: { code, detail, ...(retryAfterMs !== undefined && { retryAfterMs }) } };
      }
    },
    close() {
      for (const subscription of joined.values()) subscription.close();
    },
  };
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
      feed.join(name).then((position) => follower.stands(position), onError);
    },
    leave(name) {
      topics.get(name)?.leave();
      topics.delete(name);
      feed.leave(name).catch(onError);
    },
    async settle(name) {
      const position = await feed.stand(name);
      const follower = topics.get(name);
      follower?.stands(position);
      await follower?.reached(position);
    },
    async publish(name, draft) {
      const answer = await feed.publish(name, draft);
      if ('refused' in answer) {
        const { code, detail, ...options } = answer.refused;
        throw new LabError(code, detail, options);
      }
      const position = parseCursor(answer.receipt.cursor);
      if (position) await topics.get(name)?.reached(position);
      return answer.receipt;
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
