import { LabError } from '../problem.ts';
import type { Receipt } from '../wire.ts';

/** When those who could not publish may come back. */
const BACK_AFTER_MS = 1000;

/** What a message says: JSON, or bytes. */
export type Body = { readonly json: string } | { readonly bytes: Buffer };

/** A message on its way to the bus, already checked; `at` is when it was due. */
export interface BusDraft {
  readonly at: number;
  readonly type: string;
  readonly body: Body;
  /** Chosen by the publisher, to be able to publish it again. */
  readonly key?: string | undefined;
}

/** A message as the bus hands it to every process. */
export interface BusRecord extends BusDraft {
  readonly epoch: string;
  readonly seq: number;
}

/** What a topic hears of its bus. */
export interface BusReceiver {
  /**
   * What follows are the records of `epoch` behind `seq`. Comes first, and again wherever that is not what followed so
   * far: in another epoch, or behind records that are no longer to be had.
   */
  begin(epoch: string, seq: number): void;
  receive(record: BusRecord): void;
}

/**
 * Carries what is published to every server process.
 *
 * - A bus MUST assign `seq`, contiguous from 1 within an epoch; nothing else does.
 * - It MUST call a topic's receiver once for each record, in order of `seq`, before `publish` of that record
 *   resolves, and MUST NOT call `receive` from within `join`.
 * - A topic that is left and joined again MUST come back either with its old records or under a new epoch.
 * - An epoch MUST sort behind those before it, as text.
 * - An epoch MUST NOT be of two minds about a message: where records may have been lost after somebody had them, what
 *   follows is of a new epoch.
 */
export interface Bus {
  /** Begins to receive a topic. At most once per topic until `leave`. */
  join(topic: string, receiver: BusReceiver): void;
  leave(topic: string): void;
  /**
   * Resolves once the receiver of a joined topic has all that any process had published before this call. Rejects with
   * `bus-away` where the bus cannot be asked. Absent where it always has.
   */
  readonly settle?: (topic: string) => Promise<void>;
  /** Resolves once the message has its place. Rejects with `bus-away` where the bus cannot take it, or may have. */
  publish(topic: string, draft: BusDraft): Promise<Receipt>;
  close(): Promise<void>;
}

/** What a bus rejects with that cannot do what it is asked for, in words for those who asked. */
export function busAway(detail: string, cause?: unknown): LabError {
  return new LabError('bus-away', detail, { retryAfterMs: BACK_AFTER_MS, cause });
}
