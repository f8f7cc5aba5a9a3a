import { Command, Option } from 'commander';
import { TECHNIQUES, TRANSPORT_NAMES, type TransportName, WORKLOAD_RANGES } from '../../server/wire.ts';
import { listOf, number } from '../flags.ts';
import {
  addRunOptions,
  addScenarioOptions,
  type RunValues,
  runSettings,
  transportsOption,
} from './run-options.ts';
import type { Settings } from './settings.ts';

export interface BenchOptions {
  readonly scenarios: readonly string[];
  readonly settings: Settings;
  /** The run's folder, where it was named. */
  readonly out: string | undefined;
}

interface Values extends RunValues {
  readonly transports: readonly TransportName[] | undefined;
  readonly clients: readonly number[] | undefined;
  readonly rate: readonly number[] | undefined;
  readonly interval: readonly number[] | undefined;
  readonly payload: number;
}

/** Reads the bench's command line; prints help or a complaint that names flag and value, and ends, as commander does. */
export function readOptions(argv: readonly string[], scenarioNames: readonly string[]): BenchOptions {
  const command = new Command('bench').description(
    'Measures what each transport costs, and judges the folk ranking by it.',
  );
  addScenarioOptions(
    command,
    scenarioNames,
    'one block, shorter windows: figures in a few minutes, but no claims',
  );
  command
    .addOption(
      transportsOption(
        TRANSPORT_NAMES,
        `${TECHNIQUES.join(', ')}; where it is asked what each costs beside another, all`,
      ),
    )
    .addOption(
      new Option('--clients <n,…>', 'numbers of subscribers (1 to 5000)').argParser(listOf(number(1, 5000))),
    )
    .addOption(
      new Option('--rate <n,…>', 'messages per second (0.1 to 10000)').argParser(
        listOf(number(0.1, WORKLOAD_RANGES.ratePerSecond.max, { whole: false })),
      ),
    )
    .addOption(
      new Option('--interval <ms,…>', 'poll intervals (10 to 60000 ms)').argParser(
        listOf(number(10, 60_000)),
      ),
    )
    .addOption(
      new Option('--payload <bytes>', "bytes of a message's data")
        .argParser(number(WORKLOAD_RANGES.payloadBytes.min, WORKLOAD_RANGES.payloadBytes.max))
        .default(120),
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
      clients: values.clients,
      ratesPerSecond: values.rate,
      intervalsMs: values.interval,
      payloadBytes: values.payload,
    },
  };
}
