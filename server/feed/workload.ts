import { randomExponential, randomLcg } from 'd3-random';
import { now } from '../clock.ts';
import { LabError, type OnError } from '../problem.ts';
import { WORKLOAD_RANGES, type Workload, type WorkloadStats } from '../wire.ts';
import type { Feed } from './feed.ts';

/** What payloads are cut from: random, so that compression gains nothing it would not gain on real data. */
const POOL_BYTES = 2 * WORKLOAD_RANGES.payloadBytes.max;

/** How long the publisher may hold the event loop when it cannot keep its schedule. */
const LONGEST_TURN_MS = 10;

/** The longest a timer of Node can run; with a longer one it would fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Messages made up at random, published on an absolute schedule (an open loop). */
export interface WorkloadPublisher {
  readonly settings: Workload;
  readonly stats: WorkloadStats;
  /** Takes effect at once: the schedule starts anew from this moment, and the random sequence from its seed. */
  set(settings: Workload): void;
  stop(): void;
}

export function createWorkload(feed: Feed, initial: Workload, onError: OnError): WorkloadPublisher {
  let settings = initial;
  let timer: NodeJS.Timeout | undefined;
  let immediate: NodeJS.Immediate | undefined;
  let published = 0;
  let lagSumMs = 0;
  let lagMaxMs = 0;

  function publish(due: number, data: string | Uint8Array): void {
    const lag = now() - due;
    published += 1;
    lagSumMs += lag;
    lagMaxMs = Math.max(lagMaxMs, lag);
    try {
      feed
        .publish(feed.topic(settings.topic), { type: 'tick', data }, Math.round(due * 1000) / 1000)
        .catch((error: unknown) => {
          // A bus that is away says so itself, once.
          if (!(error instanceof LabError && error.code === 'bus-away'))
            onError(error, { stage: 'workload' });
        });
    } catch (error) {
      onError(error, { stage: 'workload' });
    }
  }

  function stop(): void {
    clearTimeout(timer);
    clearImmediate(immediate);
  }

  function start(): void {
    stop();
    if (settings.ratePerSecond === 0) return;
    const random = randomLcg(settings.seed / 2 ** 32);
    const meanGapMs = 1000 / settings.ratePerSecond;
    const exponential = randomExponential.source(random)(1);
    const nextGapMs = () => (settings.arrival === 'poisson' ? exponential() * meanGapMs : meanGapMs);
    const bytes = randomBytes(random, POOL_BYTES);
    const pool = settings.kind === 'binary' ? bytes : textOf(bytes);
    let due = now() + nextGapMs();
    const emitAllDue = (): void => {
      const turnEnds = now() + LONGEST_TURN_MS;
      while (due <= now()) {
        if (now() > turnEnds) {
          // Behind schedule: let the others have the event loop. What is late counts as late.
          immediate = setImmediate(emitAllDue);
          return;
        }
        const offset = Math.floor(random() * (POOL_BYTES - settings.payloadBytes));
        publish(due, pool.slice(offset, offset + settings.payloadBytes));
        due += nextGapMs();
      }
      wait();
    };
    const wait = (): void => {
      timer = setTimeout(emitAllDue, Math.min(due - now(), LONGEST_TIMER_MS));
    };
    wait();
  }

  start();
  return {
    get settings() {
      return settings;
    },
    get stats() {
      return { published, lagSumMs, lagMaxMs };
    },
    set(next) {
      settings = next;
      lagMaxMs = 0;
      start();
    },
    stop,
  };
}

function randomBytes(random: () => number, length: number): Buffer {
  const words = new Uint32Array(length / Uint32Array.BYTES_PER_ELEMENT);
  for (let i = 0; i < words.length; i++) words[i] = random() * 2 ** 32;
  return Buffer.from(words.buffer);
}

const ALPHABET = Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_');

/** A character for each byte. */
function textOf(bytes: Buffer): string {
  return Buffer.from(bytes.map((byte) => ALPHABET[byte % ALPHABET.length] ?? 0)).toString('latin1');
}
