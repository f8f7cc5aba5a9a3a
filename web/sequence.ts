import { type Gap, type Message, type Position, parseCursor } from '../server/wire.ts';

export interface SequenceCounts {
  /** Messages received, each counted once. */
  readonly received: number;
  /** Holes in the sequence that no gap has announced: what a subscriber must never see. */
  readonly missing: number;
  readonly duplicates: number;
  /** Messages that came after one with a higher number. */
  readonly reordered: number;
  /** Gaps the server announced. */
  readonly gaps: number;
  /** Messages those gaps declared lost. */
  readonly announcedLost: number;
  /** Gaps whose size could not be known: the log has begun a new epoch. */
  readonly unknownGaps: number;
}

/** Messages `from` to `to` (both included) have not come. */
interface Hole {
  readonly from: number;
  readonly to: number;
  /** False where a reset has taken it out of the figures. */
  readonly counted: boolean;
}

/** Holes remembered, so that a late message can be told from a doubled one. */
const MAX_HOLES = 1000;

const ZERO = {
  received: 0,
  missing: 0,
  duplicates: 0,
  reordered: 0,
  gaps: 0,
  announcedLost: 0,
  unknownGaps: 0,
};

/** Checks the feed's promise: in order, without duplicates, and without holes but those a gap announces. */
export class Sequence {
  #position: Position | undefined;
  #holes: Hole[] = [];
  #counts = { ...ZERO };

  get counts(): SequenceCounts {
    return { ...this.#counts };
  }

  /** Sets the figures to zero; what comes next is still compared with what came before. */
  reset(): void {
    this.#counts = { ...ZERO };
    this.#holes = this.#holes.map((hole) => ({ ...hole, counted: false }));
  }

  /** What comes next follows nothing that came before. */
  forget(): void {
    this.#position = undefined;
    this.#holes = [];
  }

  /** Where the subscriber stands before its first message, so that a hole right at the start is seen. */
  startAt(cursor: string): void {
    this.#position ??= parseCursor(cursor);
  }

  /** Returns false for a duplicate. */
  message({ seq }: Message, cursor: string): boolean {
    const epoch = parseCursor(cursor)?.epoch ?? this.#position?.epoch ?? '';
    if (!this.#position) this.#begin({ epoch, seq: seq - 1 });
    // A new epoch that no gap has announced: all that it held before this message was lost in silence.
    else if (this.#position.epoch !== epoch) this.#begin({ epoch, seq: 0 });
    const last = this.#position?.seq ?? 0;
    if (seq <= last) return this.#comesLate(seq);
    if (seq > last + 1) this.#openHole(last + 1, seq - 1);
    this.#position = { epoch, seq };
    this.#counts.received += 1;
    return true;
  }

  gap({ missed, cursor }: Gap): void {
    this.#counts.gaps += 1;
    if (missed === null) this.#counts.unknownGaps += 1;
    else this.#counts.announcedLost += missed;
    const next = parseCursor(cursor);
    if (!next) return;
    const last = this.#position;
    if (last?.epoch !== next.epoch) {
      this.#begin(next);
    } else if (next.seq > last.seq) {
      const unannounced = missed === null ? 0 : next.seq - last.seq - missed;
      if (unannounced > 0) this.#counts.missing += unannounced;
      this.#position = next;
    }
  }

  #begin(position: Position): void {
    this.#position = position;
    this.#holes = [];
  }

  #openHole(from: number, to: number): void {
    this.#counts.missing += to - from + 1;
    this.#holes.push({ from, to, counted: true });
    if (this.#holes.length > MAX_HOLES) this.#holes.shift();
  }

  #comesLate(seq: number): boolean {
    const hole = this.#holes.find(({ from, to }) => from <= seq && seq <= to);
    if (!hole) {
      this.#counts.duplicates += 1;
      return false;
    }
    this.#holes = this.#holes.flatMap((one) => (one === hole ? without(hole, seq) : [one]));
    if (hole.counted) this.#counts.missing -= 1;
    this.#counts.reordered += 1;
    this.#counts.received += 1;
    return true;
  }
}

function without(hole: Hole, seq: number): Hole[] {
  const rest: Hole[] = [];
  if (hole.from < seq) rest.push({ ...hole, to: seq - 1 });
  if (seq < hole.to) rest.push({ ...hole, from: seq + 1 });
  return rest;
}
