import { type ReadonlySignal, signal } from '@preact/signals';
import { MANNERS, TECHNIQUES, TRANSPORT_NAMES } from '../../server/wire.ts';
import { createBrowserEnv, localNow } from '../browser-env.ts';
import { ProblemError } from '../clients/client.ts';
import { type Control, controlThrough } from '../probe/control.ts';
import { parseProbe } from '../probe/file.ts';
import { type ProbeProgress, runProbe } from '../probe/run-probe.ts';
import type { ProbeResult } from '../probe/schema.ts';
import { probeSettings } from '../probe/settings.ts';
import { OUTCOME_LOOKS } from './outcomes.ts';

/** The silence at time scale 1: seconds. */
const USUAL_SILENCE = 75;

/** Silences to choose from, in seconds, and what the shorter one cannot see. */
export const SILENCES = [
  { seconds: USUAL_SILENCE, title: '75 s', blind: null },
  {
    seconds: 5,
    title: '5 s',
    blind:
      'A silence of 5 s sees buffering, refused upgrades and compression. It does not see idle limits, lines that die silently, or limits to a connection’s age: most of those come after a minute.',
  },
] as const;

type ProbeState =
  | { readonly kind: 'idle' }
  | { readonly kind: 'running'; readonly progress: ProbeProgress | undefined }
  /** The server wants to see its token before it begins. */
  | { readonly kind: 'token'; readonly refused: boolean; readonly seconds: number }
  | { readonly kind: 'done'; readonly result: ProbeResult; readonly from: ProbeSource }
  | { readonly kind: 'failed'; readonly reason: string };

export type ProbeSource =
  /** `hidden`: the page was in the background for a while, where browsers slow timers down. */
  { readonly kind: 'here'; readonly hidden: boolean } | { readonly kind: 'file'; readonly name: string };

/** A probe of what lies between this page and its own origin. */
export interface Probe {
  readonly state: ReadonlySignal<ProbeState>;
  start(silenceSeconds: number, token?: string): Promise<void>;
  /** Ends a run, and forgets it. */
  stop(): void;
  /** Shows a saved one. */
  load(name: string, text: string): void;
}

/** `token` is what the page was opened with; one that is given to `start` and taken is handed to `keepToken`. */
export function createProbe(
  baseUrl: string,
  token: () => string | undefined,
  keepToken: (token: string) => void,
): Probe {
  const state = signal<ProbeState>({ kind: 'idle' });
  let running: AbortController | undefined;

  async function start(silenceSeconds: number, given?: string): Promise<void> {
    running?.abort();
    const abort = new AbortController();
    running = abort;
    state.value = { kind: 'running', progress: undefined };
    const shown = given ?? token();
    const watch = watchHidden(abort.signal);
    const env = createBrowserEnv({ now: localNow });
    let unauthorized = false;
    const through = controlThrough(env, baseUrl, shown);
    const control: Control = async (...request) => {
      try {
        return await through(...request);
      } catch (error) {
        unauthorized ||= error instanceof ProblemError && error.code === 'unauthorized';
        throw error;
      }
    };
    try {
      const result = await runProbe(
        {
          baseUrl,
          settings: probeSettings(silenceSeconds / USUAL_SILENCE, TECHNIQUES, MANNERS),
          client: { host: 'browser', agent: navigator.userAgent },
          control,
          observe: (progress) => {
            if (running === abort) state.value = { kind: 'running', progress };
          },
          signal: abort.signal,
        },
        env,
      );
      if (running !== abort) return;
      if (unauthorized) {
        state.value = { kind: 'token', refused: given !== undefined, seconds: silenceSeconds };
      } else {
        if (given !== undefined) keepToken(given);
        state.value = { kind: 'done', result, from: { kind: 'here', hidden: watch.hidden() } };
      }
    } catch (error) {
      if (running === abort && !abort.signal.aborted) {
        state.value = { kind: 'failed', reason: messageOf(error) };
      }
    } finally {
      watch.stop();
    }
  }

  function stop(): void {
    running?.abort();
    running = undefined;
    state.value = { kind: 'idle' };
  }

  return {
    state,
    start,
    stop,
    load(name, text) {
      stop();
      try {
        state.value = { kind: 'done', result: readProbe(text), from: { kind: 'file', name } };
      } catch (error) {
        state.value = { kind: 'failed', reason: `${name} cannot be shown. ${messageOf(error)}` };
      }
    },
  };
}

/** A saved probe whose rows this page can show. Throws with words for whoever gave the file. */
function readProbe(text: string): ProbeResult {
  const result = parseProbe(text);
  const strange = result.rows.find(
    ({ transport, outcome }) =>
      !TRANSPORT_NAMES.includes(transport) || !Object.hasOwn(OUTCOME_LOOKS, outcome),
  );
  if (strange) {
    throw new Error(
      `It has a row that this version does not know: ${strange.transport}, ${strange.outcome}.`,
    );
  }
  return result;
}

function watchHidden(signal: AbortSignal): { hidden(): boolean; stop(): void } {
  let hidden = document.hidden;
  const change = (): void => {
    hidden ||= document.hidden;
  };
  document.addEventListener('visibilitychange', change, { signal });
  return {
    hidden: () => hidden,
    stop: () => document.removeEventListener('visibilitychange', change),
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
