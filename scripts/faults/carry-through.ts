import { EARLIEST, type TransportName, transportsOf } from '../../server/wire.ts';
import { type Addresses, addressOf } from '../../web/clients/address.ts';
import { createPublisher } from '../../web/clients/publish.ts';
import type { Retry } from '../../web/clients/retry.ts';
import { sleep } from '../../web/clients/sleep.ts';
import { subscribe } from '../../web/clients/subscribe.ts';
import { createNodeEnv, type NodeEnv } from '../node-env.ts';
import { now } from '../testing/node-contract-host.ts';

const TOPIC = 'faults';
/** By two ways up, one after the other each. */
export const WAYS_UP: readonly TransportName[] = ['long-poll', 'websocket'];
const EVERY_MS = 40;
/** Between short polls. */
export const INTERVAL_MS = 50;
export const MESSAGES_PER_SECOND = (WAYS_UP.length * 1000) / EVERY_MS;

/** What a message says of itself. */
interface Said {
  readonly transport: TransportName;
  readonly n: number;
  /** When it was handed to its publisher, by the clock of those who read it. */
  readonly publishedAt: number;
}

/** Publishes until `stop`, which resolves with how many there were once all are acknowledged; `end` gives it up. */
function startPublishing({ url }: Addresses, env: NodeEnv, retry: Retry) {
  const ending = new AbortController();
  const publishers = WAYS_UP.map((transport) => ({
    transport,
    publisher: createPublisher({ transport, topic: TOPIC, baseUrl: url, retry, ackWithinMs: 3000 }, env),
  }));
  const receipts: Promise<unknown>[] = [];
  let refuse = (_reason: unknown): void => undefined;
  const refused = new Promise<never>((_, reject) => {
    refuse = reject;
  });
  refused.catch(() => undefined); // `stop` rejects with it as well
  const done = publishers.map(async ({ transport, publisher }) => {
    for (let n = 0; !ending.signal.aborted; n++) {
      const said: Said = { transport, n, publishedAt: now() };
      const receipt = publisher.publish({ type: 'n', data: said });
      receipt.catch(refuse);
      receipts.push(receipt);
      await sleep(EVERY_MS, ending.signal);
    }
  });
  return {
    /** Rejects with why a message was refused for good. */
    refused,
    async stop(): Promise<number> {
      ending.abort();
      await Promise.all(done);
      await Promise.all(receipts);
      return receipts.length;
    },
    end(): void {
      ending.abort();
      for (const { publisher } of publishers) publisher.close();
    },
  };
}

/** Reads all that comes over one transport: throws as soon as anything is lost, doubled or out of order. */
function startReading(addresses: Addresses, env: NodeEnv, transport: TransportName, retry: Retry) {
  const ending = new AbortController();
  const baseUrl = addressOf(transport, addresses);
  /** It begins with the first, of which it does not tell. */
  let connections = 1;
  const subscription = subscribe(
    {
      transport,
      topic: TOPIC,
      baseUrl,
      after: EARLIEST,
      intervalMs: INTERVAL_MS,
      holdMs: 5000,
      retry,
      signal: ending.signal,
      observe: (activity) => {
        if (activity.kind === 'state' && activity.state === 'connecting') connections += 1;
      },
    },
    env,
  );
  let countedFrom = Number.POSITIVE_INFINITY;
  let slowestMs = 0;
  let slowestDeliveryMs = 0;
  const order: string[] = [];
  let wanted = Number.POSITIVE_INFINITY;
  let check = (): void => undefined;
  let begin = (): void => undefined;
  const first = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const all = new Promise<void>((resolve) => {
    check = () => {
      if (order.length >= wanted) resolve();
    };
  });
  const reading = (async () => {
    for await (const event of subscription) {
      if (event.kind === 'gap') throw new Error(`${transport}: a gap ${JSON.stringify(event.gap)}`);
      const { seq, at, data } = event.message;
      if (seq !== order.length + 1)
        throw new Error(`${transport}: message ${seq} where ${order.length + 1} was due`);
      order.push(JSON.stringify(data));
      const { publishedAt } = data as Said; // nobody else publishes
      if (publishedAt >= countedFrom) {
        slowestMs = Math.max(slowestMs, event.receivedAt - publishedAt);
        slowestDeliveryMs = Math.max(slowestDeliveryMs, event.receivedAt - at);
      }
      begin();
      check();
    }
  })();
  reading.catch(() => undefined); // `readTo` rejects with it
  return {
    transport,
    /** Resolves with the first message. */
    begun: () => Promise.race([first, reading]),
    /** How late messages are is told of those published from now on. */
    count(): void {
      countedFrom = now();
    },
    async readTo(count: number) {
      wanted = count;
      check();
      await Promise.race([all, reading]);
      ending.abort();
      await reading;
      return { order, connections, slowestMs, slowestDeliveryMs };
    },
    end: () => ending.abort(),
  };
}

/** What came over one transport. */
interface Seen {
  readonly transport: TransportName;
  /** What each message says, in the order of their numbers, which have no hole. */
  readonly order: readonly string[];
  /** How many times it connected. */
  readonly connections: number;
  /** From when a message was handed to its publisher to when it was there, the longest: ms. */
  readonly slowestMs: number;
  /** The same from when a server had taken it in. */
  readonly slowestDeliveryMs: number;
}

export interface Carried {
  /** How many were published and acknowledged. */
  readonly published: number;
  readonly seen: readonly Seen[];
}

/**
 * Publishes 50 messages a second and reads them over these transports (over every one, by default) while `disturb` does
 * its worst, which begins when everybody has had a message, and until all have come. Rejects where one is lost or
 * doubled, or a gap is told.
 */
export async function carryThrough(
  addresses: Addresses,
  disturb: () => Promise<void>,
  retry: Retry,
  transports = transportsOf('node'),
): Promise<Carried> {
  const env = createNodeEnv({ now });
  const readers = transports.map((transport) => startReading(addresses, env, transport, retry));
  const publishing = startPublishing(addresses, env, retry);
  try {
    await Promise.race([Promise.all(readers.map((reader) => reader.begun())), publishing.refused]);
    for (const reader of readers) reader.count();
    await disturb();
    const published = await publishing.stop();
    const seen = await Promise.all(
      readers.map(async (reader) => ({ transport: reader.transport, ...(await reader.readTo(published)) })),
    );
    return { published, seen };
  } finally {
    publishing.end();
    for (const reader of readers) reader.end();
    await env.close();
  }
}
