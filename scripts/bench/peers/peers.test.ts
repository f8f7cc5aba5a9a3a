import { afterAll, expect, test } from 'vitest';
import { textFrame } from '../../../server/transports/websocket-frame.ts';
import { TRANSPORT_NAMES, type TransportName } from '../../../server/wire.ts';
import { quickSettings } from '../../testing/quick-settings.ts';
import { deflateOf } from './dialects.ts';
import { isInstalled } from './install.ts';
import { type Sink, startSink } from './load.ts';
import { peerMessage } from './message.ts';
import { ROSTER, type RosterEntry } from './roster.ts';
import { createPeersScenario } from './scenario.ts';
import { startPeer } from './trial.ts';

const SUBSCRIBERS = 3;
const ORDER = { burst: 2, forMs: 0, rest: 0 };
const JSON_TEXT = JSON.stringify(peerMessage(10_000));

/** A delivery's bytes by the peer's protocol, for those that are told by a formula. */
const BYTES: Readonly<Record<string, number>> = {
  'lab websocket': textFrame(Buffer.from(JSON_TEXT)).length,
  'ws-naive websocket': textFrame(Buffer.from(JSON_TEXT)).length,
  'ws-prepared websocket': textFrame(Buffer.from(JSON_TEXT)).length,
  'nchan websocket': textFrame(Buffer.from(JSON_TEXT)).length,
  'raw websocket': textFrame(Buffer.from(JSON_TEXT)).length,
  'raw-batched websocket': textFrame(Buffer.from(JSON_TEXT)).length,
  'socketio websocket': textFrame(Buffer.from(`42["message",${JSON_TEXT}]`)).length,
  'sockjs websocket': textFrame(Buffer.from(`a[${JSON.stringify(JSON_TEXT)}]`)).length,
  // One chunk of 128 bytes: its length in hexadecimal, and two line ends (RFC 9112 §7.1).
  'express sse': `80\r\ndata: ${JSON_TEXT}\n\n\r\n`.length,
};

function reasonToSkip({ absent, package: name }: RosterEntry): string | undefined {
  if (name && !isInstalled(name)) {
    return `its package ${name} is not installed (npm run bench:peers installs it)`;
  }
  return absent?.();
}

const CASES = ROSTER.flatMap((entry) =>
  TRANSPORT_NAMES.filter((name) => entry.transports[name]).map((transport) => ({
    name: `${entry.lane.id} ${transport}`,
    entry,
    transport,
  })),
);

/** Loads that nobody uses now: there are as many as there are tests at once. */
const idle: Sink[] = [];
afterAll(() => Promise.all(idle.map((sink) => sink.stop())));

test('messages are 120 bytes', () => {
  expect(JSON_TEXT.length).toBe(120);
});

test.concurrent.for(CASES)(
  '$name delivers what it publishes',
  async ({ name, entry, transport }, context) => {
    const reason = reasonToSkip(entry);
    if (reason) context.skip(`the peer ${name}: ${reason}`);
    const peer = startPeer(entry, transport);
    const sink = idle.pop() ?? startSink();
    try {
      const { port } = await peer.call('listen', undefined);
      await sink.call('open', { port, dialect: dialectOf(entry, transport) });
      if (transport === 'short-poll') {
        await sink.call('connect', SUBSCRIBERS);
        const before = await peer.call('use', undefined);
        let served = 0;
        // On a busy machine some take longer; what never comes ends with the test's time.
        while (served < SUBSCRIBERS) {
          const { failures } = await sink.call('poll', 50);
          expect(failures).toEqual([]);
          served = (await peer.call('use', undefined)).served - before.served;
        }
        if (entry.reach?.silent) return;
        await sink.call('ask', 0);
        await sink.call('resize', SUBSCRIBERS);
        await sink.call('mark', { times: false });
        const { messages } = await peer.call('publish', ORDER);
        await sink.call('ask', messages);
        const { bytes, violations } = await sink.call('settle', messages);
        expect(violations).toEqual([]);
        expect(bytes / messages / SUBSCRIBERS).toBeGreaterThan(120);
        return;
      }
      await sink.call('resize', SUBSCRIBERS);
      await sink.call('mark', { times: false });
      const held = transport === 'long-poll' ? { whenHeld: SUBSCRIBERS } : {};
      const { messages } = await peer.call('publish', { ...ORDER, ...held });
      const { bytes, violations } = await sink.call('settle', messages);
      expect(violations).toEqual([]);
      const perDelivery = bytes / messages / SUBSCRIBERS;
      const deflate = deflateOf(dialectOf(entry, transport));
      // By itself a message as short as this hardly shrinks.
      if (deflate) expect(perDelivery).toBeLessThan(deflate === 'alone' ? 125 : 120);
      else if (BYTES[name] === undefined) expect(perDelivery).toBeGreaterThan(120);
      else expect(perDelivery).toBe(BYTES[name]);
      const { cpuUs, rssBytes } = await peer.call('useCollected', undefined);
      expect(cpuUs).toBeGreaterThan(0);
      expect(rssBytes).toBeGreaterThan(1e6);
    } finally {
      await peer.call('leave', undefined).catch(() => undefined);
      await peer.stop();
      // As from trial to trial, a load is used again that has left nothing open.
      const open = await sink.call('close', undefined).catch(() => undefined);
      if (open === 0) idle.push(sink);
      else await sink.stop();
    }
  },
);

test('every goal is about figures that a full run has', async () => {
  const scenario = createPeersScenario(ROSTER);
  const plan = (short: boolean) => scenario.plan({ ...quickSettings(TRANSPORT_NAMES), quick: short, short });
  const { design } = await plan(false);
  expect(design.goals).toHaveLength(25);
  expect((await plan(true)).design.goals).toEqual(design.goals);
  for (const { metric } of design.goals ?? []) {
    expect(design.metrics.map(({ id }) => id)).toContain(metric);
  }
});

function dialectOf({ transports }: RosterEntry, transport: TransportName) {
  const dialect = transports[transport];
  if (!dialect) throw new Error(`There is no ${transport}.`);
  return dialect;
}
