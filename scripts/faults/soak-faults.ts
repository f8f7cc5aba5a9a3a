import { connect } from 'node:net';
import { EARLIEST, feedPath, type TransportName } from '../../server/wire.ts';
import type { Addresses } from '../../web/clients/address.ts';
import { sleep } from '../../web/clients/sleep.ts';
import type { ForgetfulHop } from '../testing/forgetful-hop.ts';
import { fuzz } from './fuzz.ts';
import type { Seats } from './seats.ts';

/** What faults are done to. */
interface Scene {
  /** The server itself, and what leads to it: every subscriber comes through one of these. */
  readonly addresses: Addresses;
  readonly hops: readonly ForgetfulHop[];
  readonly seats: Seats;
  readonly topic: string;
  readonly random: () => number;
  /** Publishes so many messages a second; in between, as many as usual. */
  setRate(perSecond: number): Promise<void>;
  readonly ratePerSecond: number;
  /** Aborted when it is enough. */
  readonly signal: AbortSignal;
}

interface SoakFault {
  readonly title: string;
  /** It is over when this resolves. */
  readonly befall: (scene: Scene) => Promise<void>;
}

const STALLING: readonly TransportName[] = ['sse', 'ndjson', 'multipart', 'long-poll', 'short-poll'];

/** What befalls a server and its subscribers. */
export const SOAK_FAULTS: readonly [SoakFault, ...SoakFault[]] = [
  {
    title: 'all connections are cut',
    async befall({ hops }) {
      for (const hop of hops) hop.cut();
    },
  },
  {
    title: 'one in five is in a tunnel, for up to 5 s',
    befall: async ({ seats }) => seats.cut(0.2, 5000),
  },
  {
    title: 'connections are cut amid a message, one after the other, for 3 s',
    async befall({ hops, random, signal }) {
      for (const hop of hops) {
        hop.cutAfter(100 + Math.floor(5000 * random()), Number.POSITIVE_INFINITY);
        hop.cut();
      }
      await sleep(3000, signal);
      for (const hop of hops) hop.cutAfter(0, 0);
    },
  },
  {
    title: '200 connections bring rubbish',
    befall: ({ addresses, random }) => fuzz(addresses, { count: 200, seed: Math.floor(random() * 2 ** 31) }),
  },
  cutAfter(2000, 'what the server says is kept for 2 s, and lost', (hop) => hop.swallow()),
  {
    title: 'twenty times the messages, for a second',
    async befall({ setRate, ratePerSecond, signal }) {
      await setRate(20 * ratePerSecond);
      await sleep(1000, signal);
      await setRate(ratePerSecond);
    },
  },
  cutAfter(6000, 'all connections are forgotten on the way, and reset after 6 s', (hop) => hop.forget()),
  {
    title: '50 ask for everything and read nothing for 5 s',
    async befall({ addresses, topic, signal }) {
      const { hostname, port, host } = new URL(addresses.url);
      const sockets = Array.from({ length: 50 }, (_, i) => {
        const transport = STALLING[i % STALLING.length] ?? 'sse';
        const socket = connect(Number(port), hostname).pause();
        socket.on('error', () => undefined); // to be cut off is what may happen to them
        const path = `${feedPath(topic, transport)}?after=${EARLIEST}`;
        socket.write(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\n\r\n`.repeat(2));
        return socket;
      });
      await sleep(5000, signal);
      for (const socket of sockets) socket.destroy();
    },
  },
];

/** Something is done to all connections, of which nobody is told until they are cut `forMs` later. */
function cutAfter(forMs: number, title: string, harm: (hop: Scene['hops'][number]) => void): SoakFault {
  return {
    title,
    async befall({ hops, signal }) {
      for (const hop of hops) harm(hop);
      await sleep(forMs, signal);
      for (const hop of hops) hop.cut();
    },
  };
}
