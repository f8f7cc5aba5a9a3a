import type { TopicStats, Traffic } from '../../server/wire.ts';

/** A transport's bytes since the last reset, as the server's tap has counted them. */
export interface TrafficFigures {
  readonly bytesUp: number;
  readonly bytesDown: number;
  /** The part of both that was request and response heads. */
  readonly headerBytes: number;
  /** Messages received at the moment the bytes were read. */
  readonly messages: number;
}

type Counters = Pick<Traffic, 'bytesIn' | 'bytesOut' | 'headerBytesIn' | 'headerBytesOut'>;
const NOTHING: Counters = { bytesIn: 0, bytesOut: 0, headerBytesIn: 0, headerBytesOut: 0 };

/** Turns a server's running totals into bytes since a reset, also where the server started anew meanwhile. */
export class TrafficCounter {
  #last: Counters | undefined;
  #sum: Counters = NOTHING;
  #figures: TrafficFigures | undefined;

  /** Undefined until a reading has come in since the reset. */
  get figures(): TrafficFigures | undefined {
    return this.#figures;
  }

  /** `messages`: received since the reset, at this moment. */
  read(totals: Counters, messages: number): void {
    // A counter that has gone down belongs to a new server: all that it shows is new.
    const anew = this.#last !== undefined && totals.bytesOut < this.#last.bytesOut;
    this.#sum = plus(this.#sum, totals, anew ? NOTHING : (this.#last ?? NOTHING));
    this.#last = totals;
    this.#figures = {
      bytesUp: this.#sum.bytesIn,
      bytesDown: this.#sum.bytesOut,
      headerBytes: this.#sum.headerBytesIn + this.#sum.headerBytesOut,
      messages,
    };
  }

  /** Counts from `totals`, read at the moment of the reset. */
  reset(totals: Counters | undefined): void {
    this.#last = totals ?? this.#last;
    this.#sum = NOTHING;
    this.#figures = undefined;
  }
}

function plus(sum: Counters, totals: Counters, last: Counters): Counters {
  return {
    bytesIn: sum.bytesIn + totals.bytesIn - last.bytesIn,
    bytesOut: sum.bytesOut + totals.bytesOut - last.bytesOut,
    headerBytesIn: sum.headerBytesIn + totals.headerBytesIn - last.headerBytesIn,
    headerBytesOut: sum.headerBytesOut + totals.headerBytesOut - last.headerBytesOut,
  };
}

/** The mean size of the messages published since a reset. */
export class EnvelopeMean {
  #first: Pick<TopicStats, 'published' | 'envelopeBytes'> | undefined;

  /** Bytes; undefined where nothing has been published since the reset. */
  read(topic: Pick<TopicStats, 'published' | 'envelopeBytes'> | undefined): number | undefined {
    if (!topic) return undefined;
    if (this.#first && topic.published < this.#first.published)
      this.#first = { published: 0, envelopeBytes: 0 };
    this.#first ??= topic;
    const published = topic.published - this.#first.published;
    return published === 0 ? undefined : (topic.envelopeBytes - this.#first.envelopeBytes) / published;
  }

  reset(): void {
    this.#first = undefined;
  }
}
