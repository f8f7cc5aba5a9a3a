import { LabError, type OnError } from '../problem.ts';
import {
  EARLIEST,
  formatCursor,
  type Position,
  parseCursor,
  type Receipt,
  type TopicStats,
} from '../wire.ts';
import type { Bus, BusDraft, BusReceiver, BusRecord } from './bus.ts';
import { Entry } from './entry.ts';
import { Log, type LogBounds, type Reading, type ReadLimit } from './log.ts';
import { type Coalescing, Rounds } from './rounds.ts';
import { type SubscribedTopic, Subscription } from './subscription.ts';

export interface TopicSettings {
  readonly log: LogBounds;
  readonly coalesceMs: Coalescing;
}

/** The epoch of a log that no bus has begun: whoever stands in it finds a gap. */
const NO_EPOCH = '0';

/** One feed: its log, and the cursors of those who read it. */
export class Topic implements SubscribedTopic, BusReceiver {
  readonly name: string;
  readonly #bus: Bus;
  readonly #bounds: LogBounds;
  #log: Log;
  readonly #rounds: Rounds<Subscription>;
  #published = 0;
  /** It has had all that there was when somebody asked or published: from then on its end is the present. */
  #settled: boolean;
  /** How many wait until it can be read. */
  #settling = 0;
  #envelopeBytes = 0;

  constructor(name: string, bus: Bus, { log, coalesceMs }: TopicSettings, onError: OnError) {
    this.name = name;
    this.#bus = bus;
    this.#bounds = log;
    this.#log = new Log(NO_EPOCH, log);
    this.#settled = bus.settle === undefined;
    this.#rounds = new Rounds(coalesceMs, (subscription) => {
      try {
        subscription.run();
      } catch (error) {
        subscription.close();
        onError(error, { stage: `delivery on topic ${name}` });
      }
    });
    bus.join(name, this);
  }

  /** True where nobody would miss it. */
  get idle(): boolean {
    return this.#rounds.size === 0 && this.#log.length === 0 && this.#settling === 0;
  }

  get stats(): TopicStats {
    return {
      published: this.#published,
      envelopeBytes: this.#envelopeBytes,
      subscribers: this.#rounds.size,
      logMessages: this.#log.length,
      logBytes: this.#log.bytes,
    };
  }

  /** What the log holds under the same key is not published again. Throws `key-reused` where it says something else. */
  publish(draft: BusDraft): Promise<Receipt> {
    const known = draft.key === undefined ? undefined : this.#log.withKey(draft.key);
    if (!known) return this.#settled ? this.#bus.publish(this.name, draft) : this.#settleByPublishing(draft);
    if (!known.says(draft)) {
      throw keyReused(known.seq, draft.key);
    }
    const { seq, at, cursor } = known;
    return Promise.resolve({ seq, at, cursor, repeated: true });
  }

  async #settleByPublishing(draft: BusDraft): Promise<Receipt> {
    const receipt = await this.#bus.publish(this.name, draft);
    this.#settled = true;
    return receipt;
  }

  /**
   * Resolves once the topic can be read behind `after`; undefined where it can be at once. Another process may have
   * given a cursor that this one has yet to hear of. Rejects with `bus-away` where the bus cannot be asked.
   */
  settle(after: string | undefined): Promise<void> | undefined {
    const { end } = this.#log;
    if (end.epoch !== NO_EPOCH) {
      const position = after === undefined ? undefined : parseCursor(after);
      const reached = position && position.epoch === end.epoch && position.seq <= end.seq;
      if (reached ?? this.#settled) return undefined;
    }
    const settling = this.#bus.settle?.(this.name);
    if (!settling) return undefined;
    this.#settling += 1;
    return settling
      .then(() => {
        this.#settled = true;
      })
      .finally(() => {
        // Whoever waits for it reads it in this turn.
        setImmediate(() => {
          this.#settling -= 1;
        });
      });
  }

  /** The position a subscriber asks for: a cursor, `earliest`, or undefined for "from now on". */
  locate(after: string | undefined): Position {
    if (after === undefined) return this.#log.end;
    if (after === EARLIEST) return this.#log.start;
    const position = parseCursor(after);
    if (!position) {
      throw new LabError(
        'bad-cursor',
        `after=${JSON.stringify(after.slice(0, 80))} is no cursor. Use one this server gave, "${EARLIEST}", or none.`,
      );
    }
    if (position.epoch === this.#log.epoch && position.seq > this.#log.end.seq) {
      throw new LabError(
        'bad-cursor',
        `Cursor ${after} lies ahead of the topic, which stands at ${formatCursor(this.#log.end)}.`,
      );
    }
    return position;
  }

  hasAfter(position: Position): boolean {
    return this.#log.hasAfter(position);
  }

  read(position: Position, limit: ReadLimit): Reading {
    return this.#log.read(position, limit);
  }

  /**
   * Replay and live in one synchronous step: what lies after `position` now, and whatever comes later, reaches
   * `onNews`, which reads it with `next`. Called at most once a turn, first at the end of the present one; there may
   * be nothing to read by then.
   */
  attach(position: Position, onNews: (subscription: Subscription) => void): Subscription {
    const subscription = new Subscription(this, position, onNews);
    this.#rounds.join(subscription);
    return subscription;
  }

  wake(subscription: Subscription): void {
    this.#rounds.wake(subscription);
  }

  detach(subscription: Subscription): void {
    this.#rounds.leave(subscription);
  }

  leave(): void {
    this.#bus.leave(this.name);
  }

  /** Those who read find a gap where they do not stand there. */
  begin(epoch: string, seq: number): void {
    this.#log = new Log(epoch, this.#bounds, seq);
    this.#rounds.news();
  }

  receive(record: BusRecord): void {
    const entry = new Entry(record);
    this.#log.append(entry);
    this.#published += 1;
    this.#envelopeBytes += entry.envelopeBytes;
    this.#rounds.news();
  }
}

export function keyReused(seq: number, key: string | undefined): LabError {
  return new LabError(
    'key-reused',
    `Message ${seq} has the key ${key} and says something else: a key is for one message.`,
  );
}
