import { sleep } from '../../web/clients/sleep.ts';
import type { EnvironmentResult } from '../../web/compat/schema.ts';
import { startLab } from '../testing/lab.ts';
import type { Environment, EnvironmentContext } from './environment.ts';
import { loadEnvironments, type NamedEnvironment } from './load-environments.ts';
import type { PageHost } from './page-host.ts';

export interface EnvironmentRunOptions {
  step(text: string): void;
  notice(text: string): void;
  readonly signal: AbortSignal;
  /** All that there are, by default. */
  readonly environments?: readonly NamedEnvironment[];
  /** After this one has failed: ms. */
  readonly timeLimitMs?: number;
}

/** Most of the time they wait. */
const AT_ONCE = 4;
const TIME_LIMIT_MS = 60_000;

/** Runs them, a few at once; results are in their order. Rejects with the signal's reason where it is stopped. */
export async function runEnvironments(
  host: PageHost,
  { step, notice, signal, environments, timeLimitMs = TIME_LIMIT_MS }: EnvironmentRunOptions,
): Promise<readonly EnvironmentResult[]> {
  const all = environments ?? (await loadEnvironments());
  const results: EnvironmentResult[] = [];
  let next = 0;
  let done = 0;
  const work = async (): Promise<void> => {
    for (let named = all[next]; named && !signal.aborted; named = all[next]) {
      const index = next;
      next += 1;
      step(`${named.environment.title} (${done} of ${all.length} done)`);
      const result = await runEnvironment(host, named, timeLimitMs, signal);
      results[index] = result;
      done += 1;
      if (result.state.state === 'failed' && !signal.aborted) notice(`${result.id}: ${result.state.reason}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  signal.throwIfAborted();
  return results;
}

async function runEnvironment(
  host: PageHost,
  { id, environment }: NamedEnvironment,
  timeLimitMs: number,
  signal: AbortSignal,
): Promise<EnvironmentResult> {
  const { title, group, standsFor } = environment;
  try {
    const outcomes = await runWithin(host, environment, timeLimitMs, signal);
    return { id, title, group, standsFor, state: { state: 'ran', outcomes } };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { id, title, group, standsFor, state: { state: 'failed', reason } };
  }
}

async function runWithin(
  host: PageHost,
  environment: Environment,
  timeLimitMs: number,
  signal: AbortSignal,
): ReturnType<Environment['run']> {
  const resources: AsyncDisposable[] = [];
  let over = false;
  const use = <T extends AsyncDisposable>(resource: T): T => {
    // One that comes when all is over would outlive it.
    if (over) void resource[Symbol.asyncDispose]();
    else resources.push(resource);
    return resource;
  };
  const context: EnvironmentContext = {
    host,
    startLab: async (flags = []) => use(await startLab(flags)).url,
    use,
  };
  const settled = new AbortController();
  const stopped = AbortSignal.any([signal, settled.signal]);
  const limit = sleep(timeLimitMs, stopped).then(() => {
    signal.throwIfAborted();
    throw new Error(`It was not over after ${Math.round(timeLimitMs / 1000)} s.`);
  });
  try {
    return await Promise.race([environment.run(context), limit]);
  } finally {
    over = true;
    limit.catch(() => undefined); // lost the race
    settled.abort();
    for (const resource of resources.reverse()) await resource[Symbol.asyncDispose]();
  }
}
