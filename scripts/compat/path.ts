import type { DiagnosisId } from '../../web/probe/schema.ts';

/**
 * Something that may lie between a client and the lab. A file of paths/ is one of them: how to start it, its
 * configuration, what it stands for. Its default export is found by itself; nothing else is to be edited.
 *
 * - `start` MUST listen on 127.0.0.1 on a free port and resolve when it takes requests.
 * - It MUST keep all its state in `context.folder`, and dispose of all it started, by its pid.
 * - Times after which it acts MUST go through `context.scaled`.
 */
export type Path = MechanismPath | ProductPath;

interface PathBase {
  readonly title: string;
  /** What it is in the world, in a sentence or two. */
  readonly standsFor: string;
  start(context: PathContext): Promise<RunningPath>;
}

/** One thing that intermediaries do, by itself, written here: there is nothing to install. */
export interface MechanismPath extends PathBase {
  readonly family: 'mechanism';
  /** What a probe through it must find: all of these, nothing else. */
  readonly recognisedAs: readonly DiagnosisId[];
}

/** A product with the configuration it comes with, and with the one that it should have. */
export interface ProductPath extends PathBase {
  readonly family: 'product';
  readonly role: 'reverse proxy' | 'forward proxy';
  /** Its program, looked for on PATH and in the usual sbin folders. */
  readonly command: string;
  readonly debianPackage: string;
  /** Arguments that print its version, and where it stands in what they print. */
  readonly version: { readonly arguments: readonly string[]; readonly pattern: RegExp };
}

export type Variant = 'as shipped' | 'tuned';

export interface PathContext {
  /** The lab, as `http://127.0.0.1:PORT`. */
  readonly target: URL;
  /** A folder of its own, empty. */
  readonly folder: string;
  /** Always `as shipped` for a mechanism. */
  readonly variant: Variant;
  /** The product's program; empty for a mechanism. */
  readonly program: string;
  readonly timeScale: number;
  /** A time in seconds that is to shrink with the scale: in ms, at least 1. */
  scaled(seconds: number): number;
}

export interface RunningPath extends AsyncDisposable {
  /** Where clients go: the path's own address, or the lab's where it is a forward proxy. */
  readonly baseUrl: string;
  /** The forward proxy that clients are to use: `http://127.0.0.1:PORT`. */
  readonly proxy?: string;
  /** True where its certificate is its own. */
  readonly selfSigned?: boolean;
  /** The configuration it runs with, as text, for those who want to see it. */
  readonly config?: string;
  /** The last of what it printed, for those who look for the reason of a failure. */
  readonly log?: () => string;
}
