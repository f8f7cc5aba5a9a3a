import type { EnvironmentOutcome, EnvironmentSubject } from '../../web/compat/schema.ts';
import type { PageHost } from './page-host.ts';

/**
 * What surrounds a page in the browser: its policies, its origin, its connections. A file of environments/ is
 * one of them; its default export is found by itself.
 */
export interface Environment {
  readonly title: string;
  /** Environments with the same group stand together: `Content security policy`, … */
  readonly group: string;
  readonly standsFor: string;
  /** Outcomes by transport (and `fetch`, an ordinary request, where it is part of the question). */
  run(
    context: EnvironmentContext,
  ): Promise<Readonly<Partial<Record<EnvironmentSubject, EnvironmentOutcome>>>>;
}

export interface EnvironmentContext {
  readonly host: PageHost;
  /** Starts a lab that ends with the environment; returns its URL. */
  startLab(flags?: readonly string[]): Promise<string>;
  /** Ends with the environment, last come first. */
  use<T extends AsyncDisposable>(resource: T): T;
}
