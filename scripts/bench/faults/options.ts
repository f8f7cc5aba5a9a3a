import { Command } from 'commander';
import { type TransportName, transportsOf } from '../../../server/wire.ts';
import {
  addRunOptions,
  addScenarioOptions,
  type RunValues,
  runSettings,
  transportsOption,
} from '../run-options.ts';
import type { Settings } from '../settings.ts';

export interface FaultsOptions {
  readonly scenarios: readonly string[];
  readonly settings: Settings;
  readonly out: string | undefined;
}

interface Values extends RunValues {
  readonly transports: readonly TransportName[] | undefined;
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
  command.addOption(
    transportsOption(transportsOf('node'), 'all of them; the bus is measured over WebSocket'),
  );
  addRunOptions(command);
  command.parse(argv, { from: 'user' });
  const values = command.opts<Values>();
  return {
    scenarios: values.scenario,
    out: values.out,
    settings: {
      ...runSettings(values),
      transports: values.transports,
      clients: undefined,
      ratesPerSecond: undefined,
      intervalsMs: undefined,
      payloadBytes: 120,
    },
  };
}
