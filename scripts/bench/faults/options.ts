import { Command } from 'commander';
import { addRunOptions, addScenarioOptions, type RunValues, runSettings } from '../run-options.ts';
import type { Settings } from '../settings.ts';

export interface FaultsOptions {
  readonly scenarios: readonly string[];
  readonly settings: Settings;
  readonly out: string | undefined;
}

/** Reads the command line; prints help or a complaint that names flag and value, and ends, as commander does. */
export function readFaultsOptions(argv: readonly string[], scenarioNames: readonly string[]): FaultsOptions {
  const command = new Command('bench:faults').description(
    'What faults cost: processes that leave or die, slow consumers, storms, and the bus that makes them bearable.',
  );
  addScenarioOptions(
    command,
    scenarioNames,
    'one block, shorter windows, a tenth of the storm: figures in eight minutes, but no claims',
  );
  addRunOptions(command);
  command.parse(argv, { from: 'user' });
  const values = command.opts<RunValues>();
  return {
    scenarios: values.scenario,
    out: values.out,
    settings: {
      ...runSettings(values),
      transports: undefined,
      clients: undefined,
      ratesPerSecond: undefined,
      intervalsMs: undefined,
      payloadBytes: 120,
    },
  };
}
