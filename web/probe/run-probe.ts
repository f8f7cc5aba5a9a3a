import type { Env } from '../clients/client.ts';
import type { ProbeResult, ProbeRow } from './schema.ts';
import type { ProbeSettings } from './settings.ts';

export interface ProbeOptions {
  /** The lab, as this client reaches it: `https://my.host`. */
  readonly baseUrl: string;
  readonly settings: ProbeSettings;
  readonly client: ProbeResult['client'];
  /** Where the lab asks for one. */
  readonly token?: string;
  /** How the lab's API is reached; by `env.fetch` through the path, by default. */
  readonly control?: Control;
  readonly observe?: (progress: ProbeProgress) => void;
  readonly signal?: AbortSignal;
}

/** The lab's own API: JSON there and back. Rejects with what the server says where it refuses. */
export type Control = (method: 'GET' | 'POST', path: string, body?: unknown) => Promise<unknown>;

/** Where a probe is: for those who watch. */
export interface ProbeProgress {
  /** Since its start, and what it takes at most: ms. */
  readonly elapsedMs: number;
  readonly totalMs: number;
  readonly phase: 'connecting' | 'live' | 'silence' | 'waking' | 'waiting' | 'done';
  /** Rows as they stand. */
  readonly rows: readonly ProbeRow[];
}

/** Runs the procedure through whatever lies on the way. Rejects only where it was aborted. */
export async function runProbe(options: ProbeOptions, env: Env): Promise<ProbeResult> {
  throw new Error(`${options.baseUrl} ${env.now()}`);
}
