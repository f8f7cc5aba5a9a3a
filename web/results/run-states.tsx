import type { ComponentChildren } from 'preact';
import type { LoadedRun } from './use-runs.ts';

/** Why there is no list of runs; nothing where there is one, or none yet. */
export function ListFailure({ reason }: { readonly reason: string | undefined }) {
  if (reason === undefined) return null;
  return (
    <p class="card" role="alert">
      The list of runs cannot be had: {reason}. Is the server still there?
    </p>
  );
}

/** A run as it is loaded, shown as `children` says when it is there. */
export function LoadingRun<T>({
  run,
  loaded,
  children,
}: {
  readonly run: string;
  readonly loaded: LoadedRun<T>;
  readonly children: (data: T) => ComponentChildren;
}) {
  if (loaded.state === 'loading') return <p role="status">Loading {run}…</p>;
  if (loaded.state === 'ready') return <>{children(loaded.data)}</>;
  return (
    <p class="card" role="alert">
      {run} cannot be shown: {loaded.reason}
    </p>
  );
}
