import type { Credentials } from '../certificate.ts';
import type { RelayCalls, SendRecords } from '../feed/relay-bus.ts';
import type { Stats, Workload } from '../wire.ts';

/** Where a worker can be reached, or in words why it cannot. */
export type Started =
  | {
      readonly url: string;
      readonly tcpUrl: string | undefined;
      readonly fingerprint: string | undefined;
    }
  | { readonly failure: string };

/** What the primary asks of a worker. */
export interface WorkerCalls {
  start(credentials: Credentials | undefined): Promise<Started>;
  /** Of this worker, or of one client's traffic with it. */
  stats(client?: string): Promise<Stats>;
  take: SendRecords;
  /** Resolves when it has said goodbye to all; it ends then. */
  leave(): Promise<void>;
}

/** What a worker asks of the primary. */
export interface PrimaryCalls extends RelayCalls {
  /** It can be called now: what it was sent before was lost. */
  ready(): Promise<void>;
  /** Of all of them together. */
  gather(client?: string): Promise<Stats>;
  readWorkload(): Promise<Workload>;
  setWorkload(settings: Workload): Promise<void>;
}
