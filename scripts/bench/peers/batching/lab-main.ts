import { setTimeout as sleep } from 'node:timers/promises';
import { type LabServer, startServer } from '../../../../server/app.ts';
import { readConfig } from '../../../../server/config.ts';
import type { Coalescing } from '../../../../server/feed/rounds.ts';
import type { Topic } from '../../../../server/feed/topic.ts';
import { DEFAULT_TOPIC, type Stats, type TransportName } from '../../../../server/wire.ts';
import { serveCalls } from '../../driver/rpc.ts';
import { FIRST_SEQ, peerMessage, peerNow, roundToUs } from '../message.ts';
import { dueTimes } from './schedule.ts';

/**
 * Labs that differ in nothing but their window, side by side in one process: what one of them has compiled serves the
 * others too. Only one of them has anything to do at a time.
 */
interface Lab {
  readonly server: LabServer;
  readonly topic: Topic;
  /** Ends what `witness` has begun. */
  readonly witnesses: (() => void)[];
  /** Rounds that had something to read, over all witnesses. */
  witnessed: number;
}

/** What a lab has done so far: two of these say what happened between them. */
export interface LabCounts {
  /** Requests of the transport. */
  readonly requests: number;
  /** Writes to one subscriber of a stream: the mean of the witnesses. */
  readonly writes: number;
}

interface PaceOrder {
  readonly lab: number;
  readonly ratePerSecond: number;
  readonly forMs: number;
  readonly seed: number;
}

interface PaceRecord {
  readonly messages: number;
  /** Mean of actual minus due. */
  readonly lagMs: number;
}

const labs: Lab[] = [];

/** A read of a stream's turn: more than ever comes together here. */
const READ_LIMIT = { messages: 1000, bytes: 256 * 1024 };

const methods = {
  /** Starts a lab for each window, and resolves to their ports. */
  async listen(windows: readonly Coalescing[]): Promise<readonly number[]> {
    for (const window of windows) labs.push(await startLab(window));
    return labs.map(({ server }) => Number(new URL(server.url).port));
  },

  /**
   * Joins the readers of a stream without being one: it is told of news when those are who joined just before and
   * after it, and counts how often. A stream writes once whenever it is told and there is something to read.
   */
  async witness(index: number): Promise<void> {
    const lab = labAt(index);
    const subscription = lab.topic.attach(lab.topic.locate(undefined), (due) => {
      if (due.next(READ_LIMIT).page.entries.length > 0) lab.witnessed += 1;
    });
    lab.witnesses.push(() => subscription.close());
  },

  async dismissWitnesses(index: number): Promise<void> {
    for (const end of labAt(index).witnesses.splice(0)) end();
  },

  /** Publishes on an absolute schedule; a message's `at` is when it was due. */
  async pace({ lab, ratePerSecond, forMs, seed }: PaceOrder): Promise<PaceRecord> {
    const { server, topic } = labAt(lab);
    const startMs = peerNow();
    let lagSumMs = 0;
    const times = dueTimes(ratePerSecond, forMs, seed);
    for (const time of times) {
      const dueMs = startMs + time;
      // Never early, which a timer is by the fraction of a ms that it leaves out; without one where it is due already.
      const leftMs = dueMs - peerNow();
      if (leftMs > 0) await sleep(Math.ceil(leftMs));
      lagSumMs += peerNow() - dueMs;
      publish(server, topic, roundToUs(dueMs));
    }
    return { messages: times.length, lagMs: times.length === 0 ? 0 : lagSumMs / times.length };
  },

  /** Processor time of the process so far: µs. */
  async cpuUs(): Promise<number> {
    const { user, system } = process.cpuUsage();
    return user + system;
  },

  async count({ lab, transport }: { lab: number; transport: TransportName }): Promise<LabCounts> {
    const { server, witnesses, witnessed } = labAt(lab);
    const response = await fetch(new URL('/api/stats', server.url));
    const stats = (await response.json()) as Stats; // the wire's promise (server/wire.ts)
    return {
      requests: stats.traffic[transport].requests,
      writes: witnessed / Math.max(1, witnesses.length),
    };
  },
};

export type LabMethods = typeof methods;

serveCalls(methods);

async function startLab(window: Coalescing): Promise<Lab> {
  const flags = {
    port: 0,
    rate: 0,
    'heartbeat-ms': 600_000,
    // All logs together hold about what the log of one lab does.
    'log-messages': 1000,
    'coalesce-ms': window,
  };
  const argv = Object.entries(flags).flatMap(([flag, value]) => [`--${flag}`, String(value)]);
  const server = await startServer(readConfig(argv), (error, { stage }) => console.error(`${stage}:`, error));
  const topic = server.feed.topic(DEFAULT_TOPIC);
  // Numbers are as long from the first message on as later, and the log is full, as after a while.
  for (let seq = 1; seq < FIRST_SEQ; seq++) publish(server, topic);
  return { server, topic, witnesses: [], witnessed: 0 };
}

function publish({ feed }: LabServer, topic: Topic, at?: number): void {
  const { type, data, ...message } = peerMessage(topic.stats.published, at);
  feed.publish(topic, { type, data }, message.at).catch((error: unknown) => console.error(error));
}

function labAt(index: number): Lab {
  const lab = labs[index];
  if (!lab) throw new Error(`There is no lab ${index}.`);
  return lab;
}
