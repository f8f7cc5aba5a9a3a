import { encodeBinaryEnvelope, encodeEnvelope, formatCursor, type Position } from '../wire.ts';
import type { Body, BusDraft, BusRecord } from './bus.ts';

/**
 * How a transport writes an entry: as bytes, or as what the library that writes it wants. A module constant: what it
 * makes is kept by its identity.
 */
export type EntryEncoding<T = Buffer> = (entry: Entry) => T;

/** How a transport writes several entries in a row, never none. A module constant as well. */
export type PageEncoding<T = Buffer> = (entries: readonly Entry[]) => T;

/** A message in the log, with its bytes in every encoding that somebody has asked for. */
export class Entry {
  readonly epoch: string;
  readonly seq: number;
  readonly at: number;
  readonly type: string;
  /** Under which it was published, if its publisher has chosen one. */
  readonly key: string | undefined;
  /** The message as it was published, where it is bytes. */
  readonly bytes: Buffer | undefined;
  /** How long the envelope is, whether anybody has asked for it or not. */
  readonly envelopeBytes: number;
  #envelope: Buffer | undefined;
  readonly #encoded = new Map<EntryEncoding<unknown>, unknown>();

  constructor({ epoch, seq, at, type, body, key }: BusRecord) {
    this.epoch = epoch;
    this.seq = seq;
    this.at = at;
    this.type = type;
    this.key = key;
    if ('bytes' in body) {
      this.bytes = body.bytes;
      const empty = Buffer.byteLength(encodeBinaryEnvelope(seq, at, type, ''));
      this.envelopeBytes = empty + base64Length(body.bytes.length);
    } else {
      this.#envelope = Buffer.from(encodeEnvelope(seq, at, type, body.json));
      this.envelopeBytes = this.#envelope.length;
    }
  }

  /** The envelope: the JSON item, the same bytes on every transport. Of bytes it is made when somebody wants base64. */
  get envelope(): Buffer {
    const { seq, at, type, bytes = Buffer.of() } = this;
    this.#envelope ??= Buffer.from(encodeBinaryEnvelope(seq, at, type, bytes.toString('base64')));
    return this.#envelope;
  }

  /** What it says, as it was published. */
  get body(): Body {
    const { seq, at, type, bytes, envelope } = this;
    if (bytes) return { bytes };
    const around = Buffer.byteLength(encodeEnvelope(seq, at, type, ''));
    return { json: envelope.toString('utf8', around - 1, envelope.length - 1) };
  }

  /** Where a subscriber stands that has received this entry. */
  get cursor(): string {
    return formatCursor(this);
  }

  /** Whether it says what a draft does. */
  says({ type, body }: BusDraft): boolean {
    if ('bytes' in body) return type === this.type && this.bytes?.equals(body.bytes) === true;
    return this.envelope.equals(Buffer.from(encodeEnvelope(this.seq, this.at, type, body.json)));
  }

  /** Its bytes, made at first use and shared by all who ask: never to be written to. */
  as<T>(encoding: EntryEncoding<T>): T {
    return remember(this.#encoded, encoding, () => encoding(this));
  }
}

/** With its padding (RFC 4648 §4). */
function base64Length(bytes: number): number {
  return Math.ceil(bytes / 3) * 4;
}

/** Consecutive entries, read by one subscriber or by thousands that stand at the same place. */
export class Page {
  readonly entries: readonly Entry[];
  /** Where a subscriber stands that has received the page. */
  readonly end: Position;
  readonly #encoded = new Map<PageEncoding<unknown>, unknown>();

  constructor(entries: readonly Entry[], end: Position) {
    this.entries = entries;
    this.end = end;
  }

  /** The bytes of a page that is not empty, joined once for all readers: never to be written to. */
  as<T>(encoding: PageEncoding<T>): T {
    return remember(this.#encoded, encoding, () => encoding(this.entries));
  }
}

/** The encoding of a page in which the entries' own bytes stand one behind the other. */
export function eachAs(encoding: EntryEncoding): PageEncoding {
  return (entries) => {
    const [first, ...others] = entries;
    if (!first) throw new RangeError('an empty page has no bytes');
    if (others.length === 0) return first.as(encoding);
    return Buffer.concat(entries.map((entry) => entry.as(encoding)));
  };
}

function remember<T>(known: Map<unknown, unknown>, encoding: unknown, make: () => T): T {
  const made = known.get(encoding);
  // What stands under an encoding is what it has made.
  if (made !== undefined) return made as T;
  const fresh = make();
  known.set(encoding, fresh);
  return fresh;
}
