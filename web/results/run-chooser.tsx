import { type RunPage, runAddress } from './run-address.ts';

/** A list of runs; the one that is chosen is named in the address, so that it can be shared. */
export function RunChooser({
  runs,
  run,
  page,
}: {
  readonly runs: readonly string[];
  readonly run: string | undefined;
  readonly page: RunPage;
}) {
  return (
    <label class="chooser">
      Run
      <select
        value={run}
        onChange={({ currentTarget }) => {
          location.hash = runAddress(page, currentTarget.value);
        }}
      >
        {runs.map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}
