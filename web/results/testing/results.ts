import { RESULTS_SCHEMA, type Results, type ScenarioResult } from '../schema.ts';

/** A whole run of these scenarios, on a machine of which nothing is said; eight blocks, unless `run` says otherwise. */
export function resultsWith(
  scenarios: readonly ScenarioResult[],
  run: Partial<Results['run']> = {},
): Results {
  return {
    schema: RESULTS_SCHEMA,
    run: {
      name: 'run',
      startedAt: '',
      finishedAt: '',
      complete: true,
      quick: false,
      blocks: 8,
      seed: 1,
      command: '',
      commit: null,
      modified: null,
      settings: {},
      ...run,
    },
    machine: {
      cpu: '',
      cores: 2,
      memoryBytes: 0,
      os: '',
      kernel: '',
      node: '',
      v8: '',
      pinned: null,
      limits: [],
    },
    scenarios,
  };
}
