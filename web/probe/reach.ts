import type { Echo } from '../../server/wire.ts';
import type { Env } from '../clients/client.ts';
import { measureClockOffset } from '../clients/clock.ts';
import { persist, readJson, withinTime } from './control.ts';
import type { Reach } from './schema.ts';

const ECHO_MS = 5000;
const CLOCK_MS = 8000;

/** They say what was asked for, or about whom, and not who had the answer in hand. */
const LEFT_OUT: ReadonlySet<string> = new Set(['date', 'set-cookie', 'etag', 'content-length', 'vary']);

/** Plain requests to the lab, through the path. Nothing here fails the probe. */
export async function readEcho(
  env: Env,
  baseUrl: string,
  signal: AbortSignal,
): Promise<Pick<Reach, 'echo' | 'error' | 'headers'>> {
  let headers: Record<string, string> = {};
  try {
    const echo = await persist(
      () =>
        withinTime(
          ECHO_MS,
          async (limited) => {
            const url = new URL('/api/echo', baseUrl).href;
            const response = await env.fetch(url, { signal: limited });
            headers = Object.fromEntries(
              [...response.headers.entries()].filter(([name]) => !LEFT_OUT.has(name)),
            );
            return parseEcho(await readJson(response));
          },
          signal,
        ),
      signal,
    );
    return { echo, error: null, headers };
  } catch (error) {
    return { echo: null, error: explain(error), headers };
  }
}

function parseEcho(value: unknown): Echo {
  if (typeof value === 'object' && value !== null && 'httpVersion' in value && 'headers' in value) {
    return value as Echo; // the wire's promise (server/wire.ts)
  }
  throw new Error('What answers there is no lab, or an older one: GET /api/echo is something else.');
}

/** Undefined where the clock could not be read. */
export async function readClock(
  env: Env,
  baseUrl: string,
  signal: AbortSignal,
): Promise<{ readonly offsetMs: number; readonly errorMs: number } | undefined> {
  try {
    return await withinTime(
      CLOCK_MS,
      (limited) =>
        measureClockOffset(
          baseUrl,
          (url, init) => env.fetch(url, init),
          () => env.now(),
          limited,
        ),
      signal,
    );
  } catch {
    return undefined;
  }
}

/** What the page spoke when it last asked the lab (`http/1.1`, `h2`); undefined where the host does not tell. */
export function pageProtocol(baseUrl: string): string | undefined {
  const { origin } = new URL(baseUrl);
  const [entry] = performance
    .getEntriesByType('resource')
    .filter(({ name }) => name.startsWith(`${origin}/api/`))
    .slice(-1);
  const protocol = entry && 'nextHopProtocol' in entry ? entry.nextHopProtocol : undefined;
  return typeof protocol === 'string' && protocol !== '' ? protocol : undefined;
}

/** Also what is behind a `fetch failed`. */
export function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const because = error.cause instanceof Error && error.cause.message ? `: ${error.cause.message}` : '';
  const text = error.message || ('code' in error ? String(error.code) : error.name);
  return `${text}${because}`.replaceAll(/\s+/g, ' ').trim();
}
