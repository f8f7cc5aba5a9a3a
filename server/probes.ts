import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { now } from './clock.ts';
import type { Feed } from './feed/feed.ts';
import { LabError, type OnError } from './problem.ts';
import { SightingBook } from './sightings.ts';
import {
  formatCursor,
  type Manners,
  PROBE_RANGES,
  type ProbePlan,
  type ProbeSightings,
  type ProbeStarted,
  type TransportName,
} from './wire.ts';

/** Probes whose last message is still to come. */
const MAX_RUNNING = 64;
/** Of those, begun from one address: nobody can keep all others out. */
const MAX_RUNNING_EACH = 32;
/** With those that are over and may still be asked about; the oldest of them makes room. */
const MAX_KEPT = 256;
/** But not while its subscribers may still wait for what has not come. */
const UNTOUCHED_MS = 90_000;
/** How long a probe can be asked about after its last message was due. */
const KEPT_MS = 300_000;

/** Random bytes of a message's data: 120 characters of base64. */
const DATA_BYTES = 90;

/** How a request ended (Sighting in server/wire.ts). */
export type SightingEnd = 'answered' | 'cut';

/** Who asked for what, as the endpoint of the feeds has read it. */
interface SeenRequest {
  readonly topic: string;
  readonly transport: TransportName;
  readonly manners: Manners;
  readonly upgrade: boolean;
  readonly request: IncomingMessage;
}

/** Messages on a schedule, each probe on a topic of its own, and what was seen of those who asked for it. */
export interface Probes {
  /** Throws `too-many` with so many under way (of all, or from this address), and `draining` once stopped. */
  start(plan: ProbePlan, address: string): ProbeStarted;
  /** Throws `not-found` for a topic that no probe has, or has no longer. */
  sightings(topic: string): ProbeSightings;
  isProbe(topic: string): boolean;
  /** Records a request for a probe's topic; call what it returns when the request is over. */
  see(seen: SeenRequest): (end: SightingEnd) => void;
  stop(): void;
}

interface Probe {
  readonly address: string;
  readonly endsAt: number;
  readonly book: SightingBook;
  timer: NodeJS.Timeout | undefined;
}

/** Throws where there are so many already; one may come back when the first of them is over. */
function refuseAbove(most: number, probes: readonly Probe[], at: number, what: string): void {
  if (probes.length < most) return;
  throw new LabError('too-many', `${most} probes are ${what}, and there can be no more at once.`, {
    retryAfterMs: Math.max(0, Math.min(...probes.map(({ endsAt }) => endsAt)) - at),
  });
}

/** `alone`: this process sees every request. Otherwise none is begun. */
export function createProbes(feed: Feed, onError: OnError, alone = true): Probes {
  const probes = new Map<string, Probe>();
  let stopped = false;

  function forget(topic: string): void {
    clearTimeout(probes.get(topic)?.timer);
    probes.delete(topic);
    feed.drop(topic);
  }

  function makeRoom(address: string): void {
    const at = now();
    const running = [...probes.values()].filter(({ endsAt }) => endsAt > at);
    refuseAbove(MAX_RUNNING, running, at, 'under way');
    refuseAbove(
      MAX_RUNNING_EACH,
      running.filter((probe) => probe.address === address),
      at,
      'under way from your address',
    );
    if (probes.size < MAX_KEPT) return;
    const oldest = [...probes].find(([, { endsAt }]) => endsAt + UNTOUCHED_MS < at);
    if (oldest) forget(oldest[0]);
    else refuseAbove(MAX_KEPT, [...probes.values()], at - UNTOUCHED_MS, 'kept');
  }

  function publish(topic: string, due: number): void {
    try {
      const draft = { type: 'probe', data: randomBytes(DATA_BYTES).toString('base64') };
      feed
        .publish(feed.topic(topic), draft, Math.round(due * 1000) / 1000)
        .catch((error: unknown) => onError(error, { stage: 'probe' }));
    } catch (error) {
      onError(error, { stage: 'probe' });
    }
  }

  function schedule(topic: string, probe: Probe, startedAt: number, dueMs: readonly number[]): void {
    let next = 0;
    const publishAllDue = (): void => {
      for (;;) {
        const due = dueMs[next];
        const waitMs = startedAt + (due ?? 0) - now();
        if (due === undefined || waitMs > 0) {
          probe.timer =
            due === undefined
              ? setTimeout(() => forget(topic), KEPT_MS).unref()
              : setTimeout(publishAllDue, waitMs);
          return;
        }
        publish(topic, startedAt + due);
        next += 1;
      }
    };
    publishAllDue();
  }

  return {
    start({ dueMs }, address) {
      if (!alone) {
        throw new LabError(
          'not-found',
          'A probe needs a server that is one process and sees all of it: start one without --workers and --bus.',
        );
      }
      if (stopped) throw new LabError('draining', 'The server is leaving.');
      makeRoom(address);
      const topic = `probe-${randomBytes(12).toString('hex')}`;
      const cursor = formatCursor(feed.topic(topic).locate(undefined));
      const startedAt = now();
      const probe: Probe = {
        address,
        endsAt: startedAt + (dueMs.at(-1) ?? 0),
        book: new SightingBook(),
        timer: undefined,
      };
      probes.set(topic, probe);
      schedule(topic, probe, startedAt, dueMs);
      return { topic, cursor, startedAt };
    },
    sightings(topic) {
      const probe = probes.get(topic);
      if (probe) return probe.book.read();
      throw new LabError(
        'not-found',
        `There is no probe on the topic ${JSON.stringify(topic.slice(0, 80))}.`,
      );
    },
    isProbe: (topic) => probes.has(topic),
    see: ({ topic, transport, manners, upgrade, request }) => {
      const { httpVersion } = request;
      const end = probes.get(topic)?.book.add({ transport, manners, at: now(), httpVersion, upgrade });
      return (state) => end?.(state, now());
    },
    stop() {
      stopped = true;
      for (const { timer } of probes.values()) clearTimeout(timer);
    },
  };
}

/** A plan out of parsed JSON of unknown shape. Throws `bad-value` that names field and value. */
export function parseProbePlan(body: unknown): ProbePlan {
  if (typeof body !== 'object' || body === null || !('dueMs' in body) || !Array.isArray(body.dueMs)) {
    throw new LabError(
      'bad-value',
      'A probe is {"dueMs":[…]}, sent as application/json: when each message is due, ms after the start.',
    );
  }
  const { messages, dueMs: range } = PROBE_RANGES;
  const dueMs: readonly unknown[] = body.dueMs;
  if (dueMs.length < messages.min || dueMs.length > messages.max) {
    throw new LabError(
      'bad-value',
      `dueMs has ${dueMs.length} times; ${messages.min} to ${messages.max} are possible.`,
    );
  }
  const checked: number[] = [];
  for (const [i, value] of dueMs.entries()) {
    const earliest = checked.at(-1) ?? range.min;
    if (typeof value !== 'number' || !(value >= earliest && value <= range.max)) {
      throw new LabError(
        'bad-value',
        `dueMs[${i}] = ${JSON.stringify(value).slice(0, 80)} is not possible: a number from ${earliest} (none lies before its predecessor) to ${range.max}.`,
      );
    }
    checked.push(value);
  }
  return { dueMs: checked };
}
