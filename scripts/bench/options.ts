import { Command, Option } from 'commander';
import { TRANSPORT_NAMES, type TransportName, WORKLOAD_RANGES } from '../../server/wire.ts';
import { listOf, number, oneOf } from '../flags.ts';
import { CLAIM_BLOCKS, type Settings } from './settings.ts';

const DEFAULT_BLOCKS = CLAIM_BLOCKS;
const QUICK_BLOCKS = 1;

export interface BenchOptions {
  readonly scenarios: readonly string[];
  readonly settings: Settings;
  /** The run's folder, where it was named. */
  readonly out: string | undefined;
}

interface Values {
  readonly quick: boolean;
  readonly scenario: readonly string[];
  readonly transports: readonly TransportName[];
  readonly clients: readonly number[] | undefined;
  readonly rate: readonly number[] | undefined;
  readonly interval: readonly number[] | undefined;
  readonly payload: number;
  readonly blocks: number | undefined;
  readonly seed: number;
  readonly out: string | undefined;
}

/** Reads the bench's command line; prints help or a complaint that names flag and value, and ends, as commander does. */
export function readOptions(argv: readonly string[], scenarioNames: readonly string[]): BenchOptions {
  const command = new Command('bench')
    .description('Measures what each transport costs, and judges the folk ranking by it.')
    .addOption(
      new Option('--quick', 'one block, shorter windows: figures in about 90 s, but no claims').default(
        false,
      ),
    )
    .addOption(
      new Option('--scenario <names>', `which of ${scenarioNames.join(', ')}`)
        .argParser(listOf(oneOf(scenarioNames)))
        .default(scenarioNames, 'all'),
    )
    .addOption(
      new Option('--transports <names>', `which of ${TRANSPORT_NAMES.join(', ')}`)
        .argParser(listOf(oneOf(TRANSPORT_NAMES)))
        .default(TRANSPORT_NAMES, 'all'),
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
    )
    .addOption(
      new Option(
        '--blocks <n>',
        `how often everything is run (1 to 1000; ${CLAIM_BLOCKS} for a claim)`,
      ).argParser(number(1, 1000)),
    )
    .addOption(new Option('--seed <n>', 'of all that is random').argParser(number(0, 2 ** 32 - 1)).default(1))
    .addOption(new Option('--out <folder>', 'where the run goes (default: results/ and the time)'))
    .showHelpAfterError('(--help lists all flags)')
    .allowExcessArguments(false);
  command.parse(argv, { from: 'user' });
  const values = command.opts<Values>();
  const blocks = values.blocks ?? (values.quick ? QUICK_BLOCKS : DEFAULT_BLOCKS);
  return {
    scenarios: values.scenario,
    out: values.out,
    settings: {
      quick: values.quick || blocks < CLAIM_BLOCKS,
      short: values.quick,
      blocks,
      seed: values.seed,
      transports: TRANSPORT_NAMES.filter((name) => values.transports.includes(name)),
      clients: values.clients,
      ratesPerSecond: values.rate,
      intervalsMs: values.interval,
      payloadBytes: values.payload,
    },
  };
}
