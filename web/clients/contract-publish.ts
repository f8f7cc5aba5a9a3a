import { expect } from 'vitest';
import { EARLIEST, type Message, parseCursor, type Receipt, TRANSPORTS } from '../../server/wire.ts';
import type { Publisher } from './client.ts';
import type { ContractCase, HostedHop } from './contract.ts';
import { type CaseContext, until } from './contract-context.ts';
import { openPublisher as openPostPublisher } from './post.ts';

/** Comes back at once: lines are cut many times. */
const AT_ONCE = { baseMs: 5, capMs: 20 } as const;

const HUNDREDS = 300;

/** What is in flight at once where publishers wait for what they hear. */
const BATCH = 10;

/** Some ten messages, with all that is around them on any of the transports. */
const CUT_BYTES = 5000;

const draftOf = (data: unknown) => ({ type: 'case', data });

/** What a publisher is promised, on the transport's own way up or by POST. */
export const PUBLISH_CASES: readonly ContractCase[] = [
  {
    name: 'publishes by its own way up, or by POST, and is told why where the server refuses',
    async run(context) {
      const publisher = await openWayUp(context);
      const reader = context.read({ after: EARLIEST });
      const receipt = await publisher.publish({ type: 'greeting', data: 'up' });
      expect(await reader.message()).toEqual({ seq: 1, at: receipt.at, type: 'greeting', data: 'up' });
      await expect(publisher.publish({ type: 'no type', data: 1 })).rejects.toMatchObject({
        code: 'bad-message',
      });
      expect((await publisher.publish({ type: 'greeting', data: 'again' })).seq).toBe(2);
      publisher.close();
      await expect(publisher.publish({ type: 'greeting', data: 'late' })).rejects.toThrow();
    },
  },
  {
    name: 'publishes with the token that the server asks for, and not without',
    flags: ['--token', 'sesame'],
    async run(context) {
      for (const credentials of [{}, { token: 'simsim' }]) {
        const intruder = context.startPublisher(credentials);
        await expect(intruder.publish(draftOf(0))).rejects.toMatchObject({ code: 'unauthorized' });
      }
      const publisher = context.startPublisher({ token: 'sesame' });
      expect(await publisher.publish(draftOf(1))).toMatchObject({ seq: 1 });
    },
  },
  {
    name: 'is told of a message that is far too large, which costs no other',
    flags: ['--max-message-bytes', '1000'],
    async run(context) {
      const publisher = context.startPublisher({ retry: AT_ONCE });
      const data = [1, 2, 'x'.repeat(200_000), 3, 4];
      const outcomes = await Promise.allSettled(data.map((one) => publisher.publish(draftOf(one))));
      expect(outcomes.map(({ status }) => status)).toEqual(
        data.map((one) => (typeof one === 'number' ? 'fulfilled' : 'rejected')),
      );
      expect(outcomes[2]).toMatchObject({ reason: { code: 'too-large' } });
      expect(await context.read({ after: EARLIEST }).readTo(4)).toBe(0);
    },
  },
  {
    name: 'has one message of what is published twice under one key, and answers with its receipt',
    async run(context) {
      const draft = { ...draftOf({ any: ['data'] }), key: 'one.of:a_kind-1' };
      const publisher = await openWayUp(context);
      const first = await publisher.publish(draft);
      expect(first).not.toHaveProperty('repeated');
      const { seq, at, cursor } = first;
      const another = await openWayUp(context);
      for (const way of [publisher, another])
        expect(await way.publish(draft)).toMatchObject({ seq, at, cursor, repeated: true });
      expect(await publisher.publish({ ...draft, key: 'another' })).toMatchObject({ seq: seq + 1 });
      const [message] = await context.read({ after: EARLIEST }).messages(2);
      // The key is between a publisher and the server.
      expect(message).toEqual({ seq, at, type: 'case', data: draft.data });
      for (const way of [publisher, another]) way.close();
    },
  },
  {
    name: 'refuses a key that was another message’s with `key-reused`, and one out of form',
    async run(context) {
      const publisher = await openWayUp(context);
      const bytes = new Uint8Array([1, 2, 3]);
      await publisher.publish({ type: 'case', data: bytes, key: 'k' });
      for (const [type, data] of [
        ['case', new Uint8Array([1, 2, 4])],
        ['case', 'AQID'],
        ['other', bytes],
      ] as const) {
        await expect(publisher.publish({ type, data, key: 'k' })).rejects.toMatchObject({
          code: 'key-reused',
        });
      }
      await expect(publisher.publish({ ...draftOf(1), key: 'no key' })).rejects.toMatchObject({
        code: 'bad-message',
      });
      expect(await publisher.publish({ type: 'case', data: bytes, key: 'k' })).toMatchObject({ seq: 1 });
      publisher.close();
    },
  },
  {
    name: 'has a message once whose acknowledgement was lost',
    async run(context) {
      const hop = await context.startHop();
      const publisher = context.startPublisher({ baseUrl: hop.url });
      await publisher.publish(draftOf(1));
      await allAnswered(context, hop);
      await hop.swallow();
      const publishing = publisher.publish(draftOf(2));
      await until(async () => (await publishedOn(context)) === 2);
      await hop.cut();
      expect(await publishing).toMatchObject({ seq: 2, repeated: true });
      await publisher.publish(draftOf(3));
      expect(await context.read({ after: EARLIEST }).readTo(3)).toBe(0);
      expect(await publishedOn(context)).toBe(3);
      expect(publisher.waiting).toBe(0);
    },
  },
  {
    name: 'publishes on another line what a line that has died without a word does not acknowledge',
    async run(context) {
      const hop = await context.startHop();
      const publisher = context.startPublisher({ baseUrl: hop.url, ackWithinMs: 300 });
      await publisher.publish(draftOf(1));
      await allAnswered(context, hop);
      await hop.swallow();
      const publishing = publisher.publish(draftOf(2));
      await until(async () => (await publishedOn(context)) === 2);
      await hop.forget();
      expect(await publishing).toMatchObject({ seq: 2, repeated: true });
      expect(await context.read({ after: EARLIEST }).readTo(2)).toBe(0);
    },
  },
  {
    name: 'gives up a way up that does not open, comes back, and leaves nothing behind',
    async run(context) {
      const hop = await context.startHop();
      const client = `${context.topic}-publisher`;
      const limits = { connectWithinMs: 200, ackWithinMs: 200 };
      await hop.swallow();
      const publisher = context.startPublisher({ baseUrl: hop.url, client, ...limits });
      const publishing = publisher.publish(draftOf(1));
      // Counted at the hop: with TLS the server has seen no request where its share of the handshake is lost.
      await until(async () => (await hop.connections()) > 2);
      await hop.cut();
      await publishing;
      publisher.close();
      await until(async () => (await activeOf(context, client)) === 0);
      expect(await publishedOn(context)).toBe(1);
    },
  },
  {
    name: 'has hundreds of messages once each and in order, though line after line is cut',
    async run(context) {
      const hop = await context.startHop();
      const publisher = context.startPublisher({ baseUrl: hop.url, retry: AT_ONCE });
      const reader = context.read({ after: EARLIEST });
      await hop.cutAfter(CUT_BYTES, 8);
      const atOnce = numbers(1, HUNDREDS).map((n) => publisher.publish(draftOf(n)));
      await Promise.all(atOnce);
      await hop.cutAfter(CUT_BYTES, 8);
      const receipts = await publishInBatches(publisher, numbers(HUNDREDS + 1, 2 * HUNDREDS));
      expect(receipts.map(({ seq }) => seq)).toEqual(numbers(HUNDREDS + 1, 2 * HUNDREDS));
      expect(await reader.readTo(2 * HUNDREDS)).toBe(0);
      expect(await publishedOn(context)).toBe(2 * HUNDREDS);
    },
  },
  {
    name: 'has the messages of many publishers once each, and those of each in order, while their lines are cut',
    async run(context) {
      const hop = await context.startHop();
      await hop.cutAfter(CUT_BYTES, 16);
      const reader = context.read({ after: EARLIEST });
      // A browser has six connections for a server, and who publishes by polling needs two.
      const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].slice(0, context.host === 'browser' ? 3 : 8);
      await Promise.all(
        names.map((name) => {
          const publisher = context.startPublisher({ baseUrl: hop.url, retry: AT_ONCE });
          return publishInBatches(
            publisher,
            numbers(1, 40).map((n) => [name, n]),
          );
        }),
      );
      const messages = await reader.messages(names.length * 40);
      for (const name of names) expect(numbersOf(name, messages)).toEqual(numbers(1, 40));
      expect(await publishedOn(context)).toBe(messages.length);
    },
  },
  {
    name: 'publishes again what a server has taken and forgotten with its log: once in each epoch, told apart by the gap',
    async run(context) {
      const hop = await context.startHop();
      const reader = context.read({ after: EARLIEST });
      const publisher = context.startPublisher({ baseUrl: hop.url });
      const first = await publisher.publish(draftOf(1));
      await allAnswered(context, hop);
      await hop.swallow();
      const publishing = publisher.publish(draftOf(2));
      expect(await reader.readTo(2)).toBe(0);
      await context.lab.restart();
      await hop.cut();
      const receipt = await publishing;
      // Published once or, where the hop has swallowed that acknowledgement too, once more.
      expect(receipt).toMatchObject({ seq: 1 });
      expect(epochOf(receipt)).not.toBe(epochOf(first));
      expect(await reader.gap()).toMatchObject({ missed: null });
      expect(await reader.message()).toMatchObject({ seq: 1, data: 2 });
    },
  },
];

/** The transport's own way up, as it is. */
async function openWayUp(context: CaseContext): Promise<Publisher> {
  const { transport, topic, env } = context;
  const { openPublisher = openPostPublisher } = await env.loadTransport(transport);
  return openPublisher({ baseUrl: context.addressOf(), topic }, env);
}

/** Each batch once the first message of the one before is acknowledged: lines are cut at any point of the exchange. */
async function publishInBatches(publisher: Publisher, data: readonly unknown[]): Promise<Receipt[]> {
  const receipts: Promise<Receipt>[] = [];
  for (let at = 0; at < data.length; at += BATCH) {
    const batch = data.slice(at, at + BATCH).map((one) => publisher.publish(draftOf(one)));
    receipts.push(...batch);
    await batch[0];
  }
  return Promise.all(receipts);
}

async function publishedOn(context: CaseContext): Promise<number> {
  return (await context.stats()).topics[context.topic]?.published ?? 0;
}

/**
 * By the time that somebody else's question has come back through the hop, what was posted has its answer, which a
 * library that polls waits for apart from the acknowledgement; and its connection is free, so that nothing more needs
 * a new one, whose TLS handshake the hop would swallow.
 */
async function allAnswered({ env, transport }: CaseContext, { url }: HostedHop): Promise<void> {
  if (TRANSPORTS[transport].carrier === 'socket') return;
  await env.fetch(`${url}/healthz`, { signal: new AbortController().signal });
}

/** What a publisher has in progress on the server, on whichever way. */
async function activeOf(context: CaseContext, client: string): Promise<number> {
  const { traffic } = await context.stats(client);
  return traffic[context.transport].active + traffic.publish.active;
}

function numbers(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

/** Which messages of a publisher came, in their order. */
function numbersOf(name: string, messages: readonly Message[]): unknown[] {
  return messages.flatMap(({ data }) => (Array.isArray(data) && data[0] === name ? [data[1]] : []));
}

function epochOf({ cursor }: Receipt): string | undefined {
  return parseCursor(cursor)?.epoch;
}
