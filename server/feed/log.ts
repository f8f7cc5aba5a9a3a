import { formatCursor, type Gap, type Position } from '../wire.ts';
import { type Entry, Page } from './entry.ts';

export interface LogBounds {
  readonly messages: number;
  /** Of envelopes; each further encoding in use can add as much again. The newest entry is always held. */
  readonly bytes: number;
}

/** How much one read may return; at least one entry where there is one. A constant: pages are shared by it. */
export interface ReadLimit {
  readonly messages: number;
  readonly bytes: number;
}

export interface Reading {
  /** What lies between the reader's position and the page, where that is no longer (or never was) held. */
  readonly gap?: Gap;
  readonly page: Page;
}

/** The newest part of a topic: contiguous entries of one epoch, bounded by count and bytes. No I/O. */
export class Log {
  readonly epoch: string;
  readonly #bounds: LogBounds;
  /** Entry `seq` stands at `seq % bounds.messages`. */
  readonly #ring: (Entry | undefined)[] = [];
  readonly #byKey = new Map<string, Entry>();
  #first: number;
  #last: number;
  #bytes = 0;
  #pages = new WeakMap<ReadLimit, { readonly from: number; readonly last: number; readonly page: Page }>();

  /** `last`: what it begins behind. */
  constructor(epoch: string, bounds: LogBounds, last = 0) {
    this.epoch = epoch;
    this.#bounds = bounds;
    this.#first = last + 1;
    this.#last = last;
  }

  get length(): number {
    return this.#last - this.#first + 1;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Behind the newest entry. */
  get end(): Position {
    return { epoch: this.epoch, seq: this.#last };
  }

  /** Before the oldest entry held. */
  get start(): Position {
    return { epoch: this.epoch, seq: this.#first - 1 };
  }

  append(entry: Entry): void {
    if (entry.epoch !== this.epoch || entry.seq !== this.#last + 1) {
      throw new RangeError(`log at ${formatCursor(this.end)} cannot take ${entry.cursor}`);
    }
    if (this.length === this.#bounds.messages) this.#evict();
    this.#ring[entry.seq % this.#bounds.messages] = entry;
    this.#last = entry.seq;
    this.#bytes += entry.envelopeBytes;
    if (entry.key !== undefined) this.#byKey.set(entry.key, entry);
    while (this.#bytes > this.#bounds.bytes && this.length > 1) this.#evict();
  }

  /** The entry that was published under this key, if it is still held. */
  withKey(key: string): Entry | undefined {
    return this.#byKey.get(key);
  }

  /** True where a reader at `position` would be given an entry or a gap. */
  hasAfter(position: Position): boolean {
    return position.seq !== this.#last || position.epoch !== this.epoch;
  }

  /** What follows `position`, gap included. Pure: the reader moves itself to `page.end`. */
  read(position: Position, limit: ReadLimit): Reading {
    const beforeFirst = this.#first - 1;
    if (position.epoch !== this.epoch) {
      return {
        gap: { missed: null, cursor: formatCursor(this.start) },
        page: this.#page(this.#first, limit),
      };
    }
    if (position.seq < beforeFirst) {
      const gap = { missed: beforeFirst - position.seq, cursor: formatCursor(this.start) };
      return { gap, page: this.#page(this.#first, limit) };
    }
    return { page: this.#page(position.seq + 1, limit) };
  }

  /** Readers at the same place get the same page, and with it the same bytes. */
  #page(from: number, limit: ReadLimit): Page {
    const known = this.#pages.get(limit);
    if (known?.from === from && known.last === this.#last) return known.page;
    const entries: Entry[] = [];
    let bytes = 0;
    for (let seq = from; seq <= this.#last && entries.length < limit.messages; seq++) {
      const entry = this.#ring[seq % this.#bounds.messages];
      if (!entry) throw new RangeError(`log holds no entry ${seq}`);
      bytes += entry.envelopeBytes;
      if (bytes > limit.bytes && entries.length > 0) break;
      entries.push(entry);
    }
    const page = new Page(entries, { epoch: this.epoch, seq: entries.at(-1)?.seq ?? from - 1 });
    this.#pages.set(limit, { from, last: this.#last, page });
    return page;
  }

  #evict(): void {
    const slot = this.#first % this.#bounds.messages;
    const entry = this.#ring[slot];
    this.#bytes -= entry?.envelopeBytes ?? 0;
    if (entry?.key !== undefined) this.#byKey.delete(entry.key);
    this.#ring[slot] = undefined;
    this.#first += 1;
  }
}
