import type { Manners, TransportName } from '../../server/wire.ts';
import type { ProbeResult } from '../probe/schema.ts';
import type { MachineInfo } from '../results/schema.ts';

/**
 * The file a run of the compatibility lab leaves behind, `compat.json`: every cell's record as it was. Scores
 * and verdicts are worked out by pure functions (scores.ts), for the report, the page and the command line.
 */
export interface Compat {
  readonly schema: typeof COMPAT_SCHEMA;
  readonly run: CompatRun;
  readonly machine: MachineInfo;
  readonly paths: readonly PathResult[];
  readonly environments: readonly EnvironmentResult[];
  /** Null where the run left it out. */
  readonly support: Support | null;
}

export const COMPAT_SCHEMA = 1;

interface CompatRun {
  readonly name: string;
  readonly startedAt: string;
  readonly finishedAt: string;
  /** False where the run was stopped before its end. */
  readonly complete: boolean;
  /** 1 for a published run. */
  readonly timeScale: number;
  readonly command: string;
  readonly commit: string | null;
  readonly modified: boolean | null;
  /** `Chromium 156.0…`, or null where the cells ran in Node. */
  readonly browser: string | null;
}

/** One row of the matrix: a mechanism, or a product in one of its two variants. */
export interface PathResult {
  /** The file's name, and the variant where there is one: `nginx/tuned`. */
  readonly id: string;
  readonly title: string;
  readonly family: 'mechanism' | 'product';
  readonly role: 'reverse proxy' | 'forward proxy' | null;
  readonly variant: 'as shipped' | 'tuned' | null;
  readonly standsFor: string;
  /** `nginx 1.22.1`; null for mechanisms. */
  readonly version: string | null;
  /** The configuration it ran with, without this machine's paths. */
  readonly config: string | null;
  readonly state: PathState;
}

export type PathState =
  | {
      readonly state: 'ran';
      /** Of the techniques. */
      readonly probes: Readonly<Record<Manners, ProbeResult>>;
      /** Of all other lanes, page by page; absent where they were not measured, or it did not come about. */
      readonly further?: Readonly<Record<Manners, readonly ProbeResult[]>>;
    }
  | { readonly state: 'not installed'; readonly debianPackage: string }
  | { readonly state: 'failed'; readonly reason: string };

export type EnvironmentSubject = TransportName | 'fetch';

export interface EnvironmentResult {
  readonly id: string;
  readonly title: string;
  readonly group: string;
  readonly standsFor: string;
  readonly state:
    | {
        readonly state: 'ran';
        readonly outcomes: Readonly<Partial<Record<EnvironmentSubject, EnvironmentOutcome>>>;
      }
    | { readonly state: 'failed'; readonly reason: string };
}

export interface EnvironmentOutcome {
  /** `some`: part of those that were opened, as with eight streams over six connections. */
  readonly works: 'yes' | 'some' | 'no';
  /** What was seen, in words and figures. */
  readonly detail: string;
}

/** Browser support, from data packages. */
export interface Support {
  readonly sources: readonly SupportSource[];
  readonly features: readonly FeatureSupport[];
}

interface SupportSource {
  readonly name: string;
  readonly version: string;
  readonly licence: string;
  readonly url: string;
}

/** What a transport needs of a browser. */
export interface FeatureSupport {
  /** `EventSource`, … */
  readonly title: string;
  /** The transport that rests on it, where it is one of ours. */
  readonly transports: readonly TransportName[];
  readonly firsts: readonly FirstSupport[];
  /** Share of today's usage, 0 to 1 (caniuse); null where it has no such feature. */
  readonly usageShare: number | null;
  /** Share of all usage that stands under a version caniuse knows, 0 to 1: `usageShare` is of that. */
  readonly usageKnown: number | null;
  /** Share of all browser versions ever released that have it, 0 to 1 (MDN). */
  readonly releasedShare: number | null;
  /** Notes on how it was counted. */
  readonly notes: readonly string[];
}

export interface FirstSupport {
  readonly browser: string;
  /** Null: not supported by any version. */
  readonly version: string | null;
  /** ISO date; null where it is not known. */
  readonly date: string | null;
}
