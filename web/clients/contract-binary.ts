import { expect } from 'vitest';
import { EARLIEST, type Message } from '../../server/wire.ts';
import type { Publisher } from './client.ts';
import type { ContractCase } from './contract.ts';
import type { CaseContext } from './contract-context.ts';
import { openPublisher as openPostPublisher } from './post.ts';

const MIB = 1024 ** 2;

/** Base64 ends in three ways; lengths are written in three ways; a page of the log holds less than the longest. */
const LENGTHS = [1, 2, 3, 125, 126, 65_535, 65_536, MIB] as const;

/** The most that `crypto.getRandomValues` fills at once. */
const RANDOM_BYTES = 65_536;

/** What bytes become on their way, and come back from as they were. */
export const BINARY_CASES: readonly ContractCase[] = [
  {
    name: 'carries bytes of any length as they were, posted or by its own way up, in order with JSON',
    async run(context) {
      const live = context.read({ after: EARLIEST });
      const base64 = context.read({ after: EARLIEST, binary: false });
      const sent: unknown[] = [];
      for (const publisher of await openBothWays(context)) {
        for (const length of LENGTHS) {
          const data = randomBytes(length);
          sent.push(data, { length });
          for (const item of [data, { length }]) await publisher.publish({ type: 'case', data: item });
        }
        publisher.close();
      }
      const said = await Promise.all(sent.map(describeData));
      const replay = context.read({ after: EARLIEST });
      for (const reader of [live, base64, replay]) {
        const messages = await reader.messages(sent.length);
        expect(await Promise.all(messages.map(({ data }) => describeData(data)))).toEqual(said);
        expect(messages.map(({ seq }) => seq)).toEqual(sent.map((_, i) => i + 1));
      }
    },
  },
  {
    name: 'resumes among bytes behind the cursor it is given, and goes on live',
    async run(context) {
      const sent = [0, 1, 2, 3].map(() => randomBytes(1000));
      const receipts = await context.publish(sent.slice(0, 3));
      const reader = context.read({ after: receipts[0]?.cursor ?? '' });
      const replayed = await reader.messages(2);
      const [last] = await context.publish(sent.slice(3));
      const messages: readonly Message[] = [...replayed, await reader.message()];
      expect(messages.map(({ data }) => data)).toEqual(sent.slice(1));
      expect(messages.map(({ seq }) => seq)).toEqual([2, 3, 4]);
      expect(messages.map(({ at }) => at)).toEqual(
        [...receipts.slice(1), last].map((receipt) => receipt?.at),
      );
      expect(reader.subscription.cursor).toBe(last?.cursor);
    },
  },
];

/** By POST, and by the transport's own way up where it has one. */
async function openBothWays(context: CaseContext): Promise<Publisher[]> {
  const { transport, topic, env, lab } = context;
  const post = await openPostPublisher({ baseUrl: lab.url, topic }, env);
  const { openPublisher } = await env.loadTransport(transport);
  return openPublisher ? [post, await openPublisher({ baseUrl: context.addressOf(), topic }, env)] : [post];
}

/** What two values share that are the same: bytes by their hash, since to compare mebibytes item by item takes long. */
async function describeData(data: unknown): Promise<unknown> {
  if (!(data instanceof Uint8Array)) return data;
  const hash = await crypto.subtle.digest('SHA-256', new Uint8Array(data));
  return { bytes: data.length, sha256: new Uint8Array(hash) };
}

function randomBytes(length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += RANDOM_BYTES) {
    crypto.getRandomValues(bytes.subarray(at, at + RANDOM_BYTES));
  }
  return bytes;
}
