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

/** No letter of it can be taken for a field's name. */
const DATA = 'x'.repeat(MESSAGE_BYTES - JSON.stringify(EMPTY).length);

export function peerMessage(seq: number, at = roundToUs(peerNow())): PeerMessage {
  return { seq, at, type: 'tick', data: DATA };
}
