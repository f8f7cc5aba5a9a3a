import type { TrafficFigures } from './traffic.ts';

/** What a message has cost of late on two transports, over the same time: bytes, up and down. */
export interface Comparison {
  readonly bytesPerMessage: number;
  readonly otherBytesPerMessage: number;
  readonly overMs: number;
}

interface Reading {
  readonly at: number;
  readonly bytes: number;
  readonly messages: number;
}

/** As far as it looks back, and what it takes before it says anything: messages on their way blur less then. */
const LONGEST_MS = 60_000;
const SHORTEST_MS = 10_000;
const FEWEST_MESSAGES = 20;

/** A transport's bytes and messages as they grew while its line was open: connecting does not count among them. */
export class TrafficWindow {
  #readings: readonly Reading[] = [];

  clear(): void {
    this.#readings = [];
  }

  /** `at`: when the figures were read, ms; the same for all transports that are to be compared. */
  read(at: number, { bytesUp, bytesDown, messages }: TrafficFigures): void {
    const kept = this.#readings.filter((reading) => at - reading.at <= LONGEST_MS);
    this.#readings = [...kept, { at, bytes: bytesUp + bytesDown, messages }];
  }

  /** Undefined before both have been open for long enough, with enough messages. */
  compare(other: TrafficWindow): Comparison | undefined {
    const common = this.#readings.filter(({ at }) => other.#readings.some((one) => one.at === at));
    const [first, last] = [common[0], common.at(-1)];
    if (!first || !last || last.at - first.at < SHORTEST_MS) return undefined;
    const own = this.#perMessage(first.at, last.at);
    const others = other.#perMessage(first.at, last.at);
    if (own === undefined || others === undefined) return undefined;
    return { bytesPerMessage: own, otherBytesPerMessage: others, overMs: last.at - first.at };
  }

  #perMessage(from: number, to: number): number | undefined {
    const first = this.#readings.find(({ at }) => at === from);
    const last = this.#readings.find(({ at }) => at === to);
    if (!first || !last || last.messages - first.messages < FEWEST_MESSAGES) return undefined;
    return (last.bytes - first.bytes) / (last.messages - first.messages);
  }
}
