import { randomExponential } from 'd3-random';
import { EARLIEST, parseCursor, transportsOf } from '../../server/wire.ts';
import { type Addresses, addressOf } from '../../web/clients/address.ts';
import type { Activity } from '../../web/clients/client.ts';
import { type Subscription, subscribe } from '../../web/clients/subscribe.ts';
import { Sequence, type SequenceCounts } from '../../web/sequence.ts';
import { createNodeEnv, type NodeEnv } from '../node-env.ts';
import { now } from '../testing/node-contract-host.ts';

const RETRY = { baseMs: 100, capMs: 2000 } as const;
const INTERVAL_MS = 1000;
const HOLD_MS = 10_000;
/**
 * Of those who come, this share goes on where the one before them was, over whatever transport; of the others one half
 * takes all that the log has, the other half what is to come.
 */
const RESUMING = 0.6;

export interface SeatsOptions {
  readonly addresses: Addresses;
  readonly topic: string;
  readonly count: number;
  /** How long a subscriber stays: mean of an exponential distribution, ms. */
  readonly stayMs: number;
  readonly random: () => number;
}

/** What all of them have seen together so far. */
export interface Tally extends SequenceCounts {
  /** Subscribers that have come. */
  readonly came: number;
  /** Connections lost, or refused, and made again. */
  readonly returned: number;
  /** What subscriptions said that ended though nobody had left. */
  readonly failures: readonly string[];
}

interface Seat {
  sequence: Sequence;
  /** Where the one who sits there, or sat there last, stands: with what was read, whatever came beyond. */
  cursor: string | undefined;
  subscription: Subscription | undefined;
  leaving: AbortController;
  /** False when a subscription ended that should not have. */
  taken: boolean;
}

/**
 * So many subscribers, over all transports, each of whom stays for a while and has another come in its place, who often
 * goes on from its cursor.
 */
export class Seats {
  readonly #options: SeatsOptions;
  readonly #env: NodeEnv;
  readonly #seats: readonly Seat[];
  readonly #transports = transportsOf('node');
  /** What those have seen whom nobody went on from. */
  #left: SequenceCounts = new Sequence().counts;
  readonly #failures: string[] = [];
  readonly #sitting: readonly Promise<void>[];
  #staying = false;
  #closing = false;
  #came = 0;
  #returned = 0;

  constructor(options: SeatsOptions) {
    this.#options = options;
    this.#env = createNodeEnv({ now, random: options.random });
    this.#seats = Array.from({ length: options.count }, () => ({
      sequence: new Sequence(),
      cursor: undefined,
      subscription: undefined,
      leaving: new AbortController(),
      taken: true,
    }));
    this.#sitting = this.#seats.map((seat) => this.#occupy(seat));
  }

  get tally(): Tally {
    const counts = this.#seats.map(({ sequence }) => sequence.counts).reduce(plus, this.#left);
    return {
      ...counts,
      came: this.#came,
      returned: this.#returned,
      failures: this.#failures,
    };
  }

  /** Drops the connections of this share of them, each for a time of up to `durationMs`. */
  cut(share: number, durationMs: number): void {
    const { random } = this.#options;
    for (const { subscription } of this.#seats)
      if (random() < share) subscription?.cut(random() * durationMs);
  }

  /** Nobody leaves any more. */
  stay(): void {
    this.#staying = true;
  }

  /** How many do not have the message with this number yet. */
  behind(seq: number): number {
    return this.#seats.filter(({ taken, cursor }) => taken && seqOf(cursor) < seq).length;
  }

  async close(): Promise<void> {
    this.#closing = true;
    for (const { leaving } of this.#seats) leaving.abort();
    await Promise.all(this.#sitting);
    await this.#env.close();
  }

  async #occupy(seat: Seat): Promise<void> {
    const { random, stayMs } = this.#options;
    const stay = randomExponential.source(random)(1 / stayMs);
    while (!this.#closing && seat.taken) {
      const leaving = new AbortController();
      seat.leaving = leaving;
      const timer = setTimeout(() => {
        if (!this.#staying) leaving.abort();
      }, stay());
      await this.#sit(seat, leaving.signal).catch((error: unknown) => {
        this.#failures.push(error instanceof Error ? error.message : String(error));
        seat.taken = false;
      });
      clearTimeout(timer);
    }
  }

  async #sit(seat: Seat, signal: AbortSignal): Promise<void> {
    const { addresses, topic, random } = this.#options;
    const transport = pick(this.#transports, random);
    const resumes = seat.cursor !== undefined && random() < RESUMING;
    if (!resumes) {
      this.#left = plus(this.#left, seat.sequence.counts);
      seat.sequence = new Sequence();
      seat.cursor = undefined;
    }
    const fromNow = !resumes && random() < 0.5;
    const after = seat.cursor ?? (fromNow ? undefined : EARLIEST);
    this.#came += 1;
    let opened = 0;
    const observe = (activity: Activity): void => {
      if (activity.kind !== 'state' || activity.state !== 'open') return;
      opened += 1;
      if (opened > 1) this.#returned += 1;
      else if (fromNow) begin(seat, subscription.cursor);
    };
    const subscription = subscribe(
      {
        baseUrl: addressOf(transport, addresses),
        topic,
        transport,
        intervalMs: INTERVAL_MS,
        holdMs: HOLD_MS,
        retry: RETRY,
        observe,
        signal,
        ...(after !== undefined && { after }),
      },
      this.#env,
    );
    seat.subscription = subscription;
    for await (const event of subscription) {
      if (event.kind === 'gap') {
        seat.sequence.gap(event.gap);
        seat.cursor = event.gap.cursor;
      } else {
        seat.sequence.message(event.message, event.cursor);
        seat.cursor = event.cursor;
      }
    }
    if (!signal.aborted) throw new Error(`a subscription over ${transport} ended by itself`);
  }
}

/** Where one stands who wants what is to come: what is lost right at the start is seen as well. */
function begin(seat: Seat, cursor: string | undefined): void {
  if (cursor === undefined) return;
  seat.cursor = cursor;
  seat.sequence.startAt(cursor);
}

function seqOf(cursor: string | undefined): number {
  return (cursor === undefined ? undefined : parseCursor(cursor)?.seq) ?? -1;
}

function plus(one: SequenceCounts, other: SequenceCounts): SequenceCounts {
  const sums = Object.entries(one).map(([key, count]) => [key, count + other[key as keyof SequenceCounts]]);
  return Object.fromEntries(sums) as SequenceCounts; // the same keys again
}

function pick<T>(among: readonly T[], random: () => number): T {
  return among[Math.floor(random() * among.length)] as T; // of a list that is not empty
}
