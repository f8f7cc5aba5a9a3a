import { expect } from 'vitest';
import { EARLIEST, formatCursor, parseCursor, TRANSPORTS } from '../../server/wire.ts';
import { type Activity, ProblemError } from './client.ts';
import type { ContractCase } from './contract.ts';
import { until } from './contract-context.ts';

/** The least a server that is full asks for, in a frame and by `Retry-After`, which has whole seconds. */
const LEAST_ASKED_MS = { frame: 500, header: 1000 } as const;
/** Timers may be a little early. */
const EARLY_MS = 50;

/** As many as a client needs that polls and posts at once, and takes a connection anew before it has one back. */
const MANY_CONNECTIONS = 4;

const HEARTBEAT_MS = 100;

/** How long a dead line is taken for a living one, by what paces the transport, in the case about that. */
const WITHIN_MS = { interval: 1000, hold: 2500, push: 2.5 * HEARTBEAT_MS } as const;

const isWaiting = (one: Activity): boolean => one.kind === 'state' && one.state === 'waiting';

/** What a subscriber gets when something goes wrong. */
export const FAILURE_CASES: readonly ContractCase[] = [
  {
    name: 'leaves a stalled reader’s messages in the log, and delivers them all when it reads on',
    async run(context) {
      const reader = context.read({ after: EARLIEST, inboxEvents: 100 });
      await context.publishNumbers(1, 3000);
      await reader.reached('waiting');
      expect(await reader.readTo(3000)).toBe(0);
    },
  },
  {
    name: 'tells a stalled reader by an exact gap what the log has lost meanwhile',
    flags: ['--log-messages', '400'],
    async run(context) {
      const reader = context.read({ after: EARLIEST, inboxEvents: 100 });
      await context.publishNumbers(1, 300);
      await reader.reached('waiting');
      await context.publishNumbers(301, 3000);
      const { seq } = parseCursor(reader.subscription.cursor ?? '') ?? { seq: Number.NaN };
      expect(await reader.readTo(3000)).toBe(3000 - 400 - seq);
    },
  },
  {
    name: 'leaves nothing behind on the server when it is aborted',
    async run(context) {
      const { topic, transport } = context;
      const client = `${topic}-aborted`;
      // A hold that outlasts the test: what is left behind must not go away by itself.
      const reader = context.read({ after: EARLIEST, client, holdMs: 60_000 });
      await context.publishNumbers(1, 1);
      await reader.message();
      // Aborted while the server holds it, or after some polls of the kind that is not held.
      await until(async () => {
        const { active } = (await context.stats(client)).traffic[transport];
        return active === 1 || reader.requests > 3;
      });
      await reader.close();
      expect(reader.subscription.state).toBe('closed');
      await until(async () => {
        const { traffic, topics } = await context.stats(client);
        return traffic[transport].active === 0 && topics[topic]?.subscribers === 0;
      });
      const { requests, upgrades } = (await context.stats(client)).traffic[transport];
      expect(requests + upgrades).toBeGreaterThan(0);
    },
  },
  {
    name: 'ends when it is aborted before it was ever connected',
    async run(context) {
      const reader = context.read();
      await reader.close();
      await expect(reader.event()).rejects.toThrow('has ended');
    },
  },
  {
    name: 'comes back by itself after a restart, with a gap of unknown size, and gets all of the new log',
    async run(context) {
      const reader = context.read({ after: EARLIEST });
      await context.publishNumbers(1, 3);
      await reader.readTo(3);
      const before = parseCursor(reader.subscription.cursor ?? '')?.epoch;
      await context.lab.restart();
      await context.publishNumbers(1, 5);
      expect(await reader.gap()).toMatchObject({ missed: null });
      expect(await reader.readTo(5)).toBe(0);
      expect(parseCursor(reader.subscription.cursor ?? '')?.epoch).not.toBe(before);
      expect(reader.activities.find(isWaiting)).toMatchObject({ lostBy: 'closed' });
      // And a newcomer with the old cursor fares the same.
      const late = context.read({ after: formatCursor({ epoch: before ?? '', seq: 3 }) });
      expect(await late.gap()).toMatchObject({ missed: null });
      expect(await late.readTo(5)).toBe(0);
    },
  },
  {
    name: 'stays away for as long as a full server asks, then comes in',
    alone: true,
    flags: ['--max-connections', String(MANY_CONNECTIONS)],
    async run(context) {
      await context.lab.occupy(context.addressOf(), MANY_CONNECTIONS);
      const reader = context.read({ retry: { baseMs: 1, capMs: 1 } });
      await reader.reached('waiting');
      await context.lab.release();
      await reader.reached('open');
      const [waiting = Number.NaN] = reader.timesOf('waiting');
      const back = reader.timesOf('connecting').find((at) => at >= waiting) ?? Number.NaN;
      const least = LEAST_ASKED_MS[TRANSPORTS[context.transport].ownPort ? 'frame' : 'header'];
      expect(back - waiting).toBeGreaterThan(least - EARLY_MS);
    },
  },
  {
    name: 'resumes without loss when its connection was cut',
    async run(context) {
      const reader = context.read({ after: EARLIEST });
      await context.publishNumbers(1, 5);
      await reader.readTo(5);
      reader.subscription.cut(100);
      await reader.reached('cut');
      await context.publishNumbers(6, 25);
      expect(await reader.readTo(25, 5)).toBe(0);
      await reader.reached('open', 2);
    },
  },
  {
    name: 'notices a line that has died without a word, and resumes on another without loss',
    flags: ['--heartbeat-ms', String(HEARTBEAT_MS)],
    async run(context) {
      const { paced, ownHold } = TRANSPORTS[context.transport];
      // A library's held request is answered by heartbeats of its own.
      const withinMs = WITHIN_MS[ownHold ? 'push' : paced];
      const hop = await context.startHop();
      const limits = { connectWithinMs: WITHIN_MS.interval, intervalMs: 20, holdMs: 1000 };
      const reader = context.read({ baseUrl: hop.url, after: EARLIEST, ...limits });
      await context.publishNumbers(1, 5);
      await reader.readTo(5);
      // Silent for longer than a dead one may be, and kept: by its heartbeats, or because each poll is answered.
      await until(async () => {
        const sinceMs = context.env.now() - (reader.timesOf('open').at(-1) ?? Number.NaN);
        return reader.subscription.state === 'open' && sinceMs > 2 * WITHIN_MS.push;
      });
      const waits = reader.timesOf('waiting').length;
      await hop.forget();
      await reader.reached('waiting', waits + 1);
      expect(reader.activities.findLast(isWaiting)).toMatchObject({
        lostBy: 'watch',
        error: expect.stringContaining(`for ${withinMs} ms`),
      });
      await context.publishNumbers(6, 25);
      expect(await reader.readTo(25, 5)).toBe(0);
    },
  },
  {
    name: 'ends the reading with `bad-cursor` for a cursor that no server gave, or one from the future',
    async run(context) {
      const [receipt] = await context.publishNumbers(1, 1);
      const { epoch } = parseCursor(receipt?.cursor ?? '') ?? { epoch: '' };
      for (const after of ['nonsense', '', '-1', `${epoch}-2`, `${epoch}-01`]) {
        const error: unknown = await context
          .read({ after })
          .event()
          .catch((thrown: unknown) => thrown);
        expect(error).toBeInstanceOf(ProblemError);
        expect(error).toMatchObject({ code: 'bad-cursor' });
      }
    },
  },
  {
    name: 'ends the reading with `bad-topic` for a name out of form',
    async run(context) {
      await expect(context.read({ topic: 'No_Topic' }).event()).rejects.toMatchObject({ code: 'bad-topic' });
    },
  },
];
