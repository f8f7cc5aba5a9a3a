import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { loadJson } from './load.ts';
import { type RunPage, runInAddress } from './run-address.ts';

/** Runs that the server has, newest first: those of the bench, and those of the compatibility lab. */
interface RunLists {
  readonly runs: readonly string[];
  readonly compat: readonly string[];
}

/** Runs that one page shows. */
interface RunKind {
  readonly page: RunPage;
  /** What a run of this kind has left in its folder, and the version of it that is read. */
  readonly file: string;
  readonly schema: number;
  /** What to do about a file of another version: a sentence. */
  readonly remedy: string;
  /** Which of the server's runs are of this kind. */
  readonly listed: (lists: RunLists) => readonly string[];
}

export type LoadedRun<T> =
  | { readonly state: 'loading' }
  | { readonly state: 'failed'; readonly reason: string }
  | { readonly state: 'ready'; readonly data: T };

interface Runs<T> {
  /** Undefined until the server has answered. */
  readonly lists: RunLists | undefined;
  /** Of this kind; undefined until the server has answered. */
  readonly runs: readonly string[] | undefined;
  /** Why there is no list. */
  readonly failure: string | undefined;
  /** The one that the address names, or else the newest; undefined where there is none. */
  readonly run: string | undefined;
  readonly loaded: LoadedRun<T>;
}

/** The runs of a kind, and the one that is chosen: by the address, which is followed. `kind` says the same each time. */
export function useRuns<T extends { readonly schema: number }>(kind: RunKind): Runs<T> {
  const lists = useSignal<RunLists | undefined>(undefined);
  const failure = useSignal<string | undefined>(undefined);
  const named = useSignal(runInAddress(kind.page, location.hash));
  const loaded = useSignal<LoadedRun<T>>({ state: 'loading' });

  useEffect(() => {
    const follow = (): void => {
      named.value = runInAddress(kind.page, location.hash);
    };
    addEventListener('hashchange', follow);
    loadJson<RunLists>('/api/results').then(
      (answer) => {
        lists.value = answer;
      },
      (error: Error) => {
        failure.value = error.message;
      },
    );
    return () => removeEventListener('hashchange', follow);
  }, []);

  const runs = lists.value && kind.listed(lists.value);
  const run = named.value ?? runs?.[0];
  useEffect(() => {
    if (run === undefined) return;
    let wanted = true;
    loaded.value = { state: 'loading' };
    loadRun<T>(kind, run).then((next) => {
      if (wanted) loaded.value = next;
    });
    return () => {
      wanted = false;
    };
  }, [run]);

  return { lists: lists.value, runs, failure: failure.value, run, loaded: loaded.value };
}

async function loadRun<T extends { readonly schema: number }>(
  { file, schema, remedy }: RunKind,
  run: string,
): Promise<LoadedRun<T>> {
  try {
    const data = await loadJson<T>(`/results/${encodeURIComponent(run)}/${file}`);
    if (data.schema === schema) return { state: 'ready', data };
    return {
      state: 'failed',
      reason: `it has schema ${data.schema}, and this page reads ${schema}. ${remedy}`,
    };
  } catch (error) {
    return { state: 'failed', reason: error instanceof Error ? error.message : String(error) };
  }
}
