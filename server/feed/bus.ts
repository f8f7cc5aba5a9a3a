import type { Receipt } from '../wire.ts';

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

/**
 * Carries what is published to every server process.
 *
 * - A bus MUST assign `seq`, contiguous from 1 within an epoch; nothing else does.
 * - It MUST call a topic's receiver once for each record, in order of `seq`, before `publish` of that record
 *   resolves, and MUST NOT call it from within `join`.
 * - A topic that is left and joined again MUST come back either with its old records or under a new epoch.
 */
export interface Bus {
  /** Begins to receive a topic. At most once per topic until `leave`. Returns the epoch it stands in. */
  join(topic: string, receive: (record: BusRecord) => void): { readonly epoch: string };
  leave(topic: string): void;
  /** Resolves once the message has its place; rejects where the bus cannot take it. */
  publish(topic: string, draft: BusDraft): Promise<Receipt>;
}
