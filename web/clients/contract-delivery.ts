import { expect } from 'vitest';
import { EARLIEST, formatCursor, parseCursor, TRANSPORTS, transportsOf } from '../../server/wire.ts';
import type { Env, Socket } from './client.ts';
import type { ContractCase } from './contract.ts';
import { until } from './contract-context.ts';

/** What is easily broken on the way: by framing, by escaping, by joining, by an encoding. */
const AWKWARD_DATA: readonly unknown[] = [
  'one\ntwo\n\nfour\n',
  'carriage\rreturn\r',
  'both\r\n\r\n',
  'data: x\nid: 1\nevent: gap\n\n',
  'NUL \u0000 and other controls \u0001\u001f\u007f',
  '😀 👩‍👩‍👧 é ü 漢字',
  '\u2028 and \u2029 and \ufeff',
  'lone \ud800 surrogates \udfff',
  '"quotes" \\backslashes\\ </script>',
  '',
  ' leading and trailing ',
  null,
  true,
  0,
  -1.5e-9,
  [],
  {},
  { nested: [{ deeply: [[[{ control: 'bye', '': null }]]] }] },
  'x'.repeat(64 * 1024),
  '漢'.repeat(20_000),
];

const SEAM_MESSAGES = 3000;
const MANY = 10_000;

/** What a subscriber gets when nothing goes wrong. */
export const DELIVERY_CASES: readonly ContractCase[] = [
  {
    name: 'delivers what is published after the subscription, and nothing from before',
    async run(context) {
      await context.publish(['before']);
      const reader = context.read();
      await reader.reached('open');
      const [receipt] = await context.publish([{ hello: 'world' }]);
      expect(await reader.message()).toEqual({
        seq: 2,
        at: receipt?.at,
        type: 'case',
        data: { hello: 'world' },
      });
      expect(reader.subscription.cursor).toBe(receipt?.cursor);
    },
  },
  {
    name: 'replays all that the log holds from `earliest`, then goes on live',
    async run(context) {
      await context.publishNumbers(1, 20);
      const reader = context.read({ after: EARLIEST });
      expect(await reader.readTo(20)).toBe(0);
      await context.publishNumbers(21, 30);
      expect(await reader.readTo(30, 20)).toBe(0);
    },
  },
  {
    name: 'resumes behind the cursor it is given',
    async run(context) {
      const receipts = await context.publishNumbers(1, 10);
      const after = receipts[3]?.cursor ?? '';
      expect(await context.read({ after }).readTo(10, 4)).toBe(0);
    },
  },
  {
    name: 'takes over from every other transport with its cursor, without loss or repetition',
    async run(context) {
      await context.publishNumbers(1, 4);
      let last = 4;
      let from = context.read({ after: EARLIEST });
      await from.messages(4);
      for (const other of transportsOf(context.host)) {
        for (const transport of [other, context.transport]) {
          const after = from.subscription.cursor ?? '';
          await from.close();
          await context.publishNumbers(last + 1, last + 3);
          from = context.read({ transport, after });
          expect(await from.readTo(last + 3, last)).toBe(0);
          last += 3;
        }
      }
    },
  },
  {
    name: 'tells of evicted messages by a gap of exactly as many, then delivers the rest',
    flags: ['--log-messages', '50'],
    async run(context) {
      const [first] = await context.publishNumbers(1, 101);
      const reader = context.read({ after: first?.cursor ?? '' });
      const { epoch } = parseCursor(first?.cursor ?? '') ?? { epoch: '' };
      expect(await reader.gap()).toEqual({ missed: 50, cursor: formatCursor({ epoch, seq: 51 }) });
      expect(await reader.readTo(101, 51)).toBe(0);
    },
  },
  {
    name: 'has neither hole nor duplicate where replay passes into live under load',
    async run(context) {
      const readings: Promise<number>[] = [];
      const numbers = Array.from({ length: SEAM_MESSAGES }, (_, i) => i + 1);
      await context.publish(numbers, ({ seq }) => {
        const due = seq % (SEAM_MESSAGES / 4) === 0 && seq < SEAM_MESSAGES;
        if (due) readings.push(context.read({ after: EARLIEST }).readTo(SEAM_MESSAGES));
      });
      expect(await Promise.all(readings)).toEqual([0, 0, 0]);
    },
  },
  {
    name: 'keeps ten thousand messages in order',
    async run(context) {
      const reader = context.read({ after: EARLIEST });
      const publishing = context.publishNumbers(1, MANY);
      expect(await reader.readTo(MANY)).toBe(0);
      await publishing;
    },
  },
  {
    name: 'catches up at once, however long it otherwise waits',
    async run(context) {
      await context.publishNumbers(1, SEAM_MESSAGES);
      const reader = context.read({ after: EARLIEST, intervalMs: 60_000, holdMs: 60_000 });
      expect(await reader.readTo(SEAM_MESSAGES)).toBe(0);
    },
  },
  {
    name: 'carries any data unchanged',
    async run(context) {
      const reader = context.read({ after: EARLIEST });
      await context.publish(AWKWARD_DATA);
      const messages = await reader.messages(AWKWARD_DATA.length);
      expect(messages.map(({ data }) => data)).toEqual(AWKWARD_DATA);
    },
  },
  {
    name: 'keeps topics apart',
    async run(context) {
      const other = context.read({ topic: `${context.topic}-other`, after: EARLIEST });
      const reader = context.read({ after: EARLIEST });
      await other.reached('open');
      await context.publishNumbers(1, 5);
      expect(await reader.readTo(5)).toBe(0);
      expect(parseCursor(other.subscription.cursor ?? '')?.seq).toBe(0);
    },
  },
  {
    name: 'tells whoever decorates its Env when a handshake or the head of a stream has come, before all else',
    async run(context) {
      const seen: string[] = [];
      const see = (what: string) => () => void seen.push(what);
      const { env } = context;
      const isFeed = (url: string): boolean => new URL(url).pathname.startsWith('/feeds/');
      const decorated: Env = {
        ...env,
        async fetch(url, init) {
          const response = await env.fetch(url, init);
          if (!isFeed(url)) return response;
          seen.push('opened');
          return { ...response, chunks: () => tellingFirst(response.chunks(), see('content')) };
        },
        openSocket: (url, handlers) =>
          env.openSocket(url, { ...handlers, opened: see('opened'), text: see('content') }),
        ...(env.openLines && {
          openLines: (url, handlers) =>
            env.openLines?.(url, { ...handlers, opened: see('opened'), text: see('content') }) as Socket, // it is there
        }),
        openEventStream: (url, names, handlers) =>
          env.openEventStream(url, names, { ...handlers, opened: see('opened'), event: see('content') }),
      };
      const reader = context.read({ after: EARLIEST }, decorated);
      const { paced } = TRANSPORTS[context.transport];
      if (paced === 'push') await until(async () => seen.length >= 2);
      else await reader.reached('open');
      expect(seen[0]).toBe('opened');
      if (paced === 'push') expect(seen[1]).toBe('content');
    },
  },
  {
    name: 'asks for the manners it is given',
    async run(context) {
      const client = `${context.topic}-naive`;
      const reader = context.read({ after: EARLIEST, client, manners: 'naive', holdMs: 3_600_000 });
      await context.publishNumbers(1, 3);
      expect(await reader.readTo(3)).toBe(0);
      // Only a naive server lets itself be asked to hold for an hour.
      await context.publishNumbers(4, 6);
      expect(await reader.readTo(6, 3)).toBe(0);
      expect(reader.timesOf('waiting')).toEqual([]);
    },
  },
];

async function* tellingFirst<T>(items: AsyncIterable<T>, tell: () => void): AsyncGenerator<T, void> {
  let told = false;
  for await (const item of items) {
    if (!told) tell();
    told = true;
    yield item;
  }
}
