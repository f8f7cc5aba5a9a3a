import { randomLcg } from 'd3-random';

/** What every peer sends: the lab's envelope (server/wire.ts), so that a message is as long everywhere. */
export interface PeerMessage {
  readonly seq: number;
  readonly at: number;
  readonly type: 'tick';
  readonly data: string;
}

/** Of a message as JSON, with a number of five digits. */
export const MESSAGE_BYTES = 120;

/** Peers begin to count here, so that numbers are as long from the first message on as later. */
export const FIRST_SEQ = 10_000;

/** Any moment of the present will do: `at` is compared with itself only, but is to be as long as the lab's. */
const EPOCH_MS = 1_790_000_000_000;

/** Now, ms: the machine's monotonic clock, the same for all processes of a machine. */
export function peerNow(): number {
  return EPOCH_MS + Number(process.hrtime.bigint()) / 1e6;
}

/** To whole µs, never ending in 0: a message's length must not depend on the time. */
export function roundToUs(ms: number): number {
  const us = Math.round(ms * 1000);
  return (us % 10 === 0 ? us + 1 : us) / 1000;
}

const EMPTY: PeerMessage = { seq: FIRST_SEQ, at: EPOCH_MS + 0.001, type: 'tick', data: '' };

/** What is left for the data; its first character ends the time that a message may carry there. */
const DATA_CHARACTERS = MESSAGE_BYTES - JSON.stringify(EMPTY).length - 1;

/**
 * Texts that compression finds nothing in, as in the lab's own workload (server/feed/workload.ts): what it gains, it
 * gains on the envelope. One after the other, so that no message is the one before.
 */
const TEXTS = randomTexts(61, DATA_CHARACTERS);

export function peerMessage(seq: number, at = roundToUs(peerNow())): PeerMessage {
  return { seq, at, type: 'tick', data: `|${TEXTS[seq % TEXTS.length]}` };
}

/**
 * As it is posted to a lab, which gives a message the number and the time of its arrival: when it was due stands at the
 * beginning of its data, which is as long as ever.
 */
export function postedMessage({ at, type, data }: PeerMessage): Pick<PeerMessage, 'type' | 'data'> {
  return { type, data: `${at}${data}`.slice(0, data.length) };
}

function randomTexts(count: number, characters: number): readonly string[] {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const random = randomLcg(1 / 3);
  const character = (): string => alphabet.charAt(Math.floor(random() * alphabet.length));
  return Array.from({ length: count }, () => Array.from({ length: characters }, character).join(''));
}
