import { Command, Option } from 'commander';
import { TRANSPORT_NAMES } from '../../../server/wire.ts';
import { listOf, number, oneOf } from '../../flags.ts';
import { CLAIM_BLOCKS, type Settings } from '../settings.ts';
import { MESSAGE_BYTES } from './message.ts';
import { LAB, ROSTER, type RosterEntry } from './roster.ts';

export interface PeersOptions {
  readonly scenarios: readonly string[];
  /** In the roster's order, the lab always among them. */
  readonly entries: readonly RosterEntry[];
  readonly settings: Settings;
  readonly out: string | undefined;
}

interface Values {
  readonly quick: boolean;
  readonly scenario: readonly string[];
  readonly peers: readonly string[];
  readonly blocks: number | undefined;
  readonly seed: number;
  readonly out: string | undefined;
}

const NAMES = ROSTER.map(({ lane }) => lane.id);
const USUAL = ROSTER.filter(({ extra }) => !extra).map(({ lane }) => lane.id);

/** Reads the command line; prints help or a complaint that names flag and value, and ends, as commander does. */
export function readPeersOptions(argv: readonly string[], scenarioNames: readonly string[]): PeersOptions {
  const command = new Command('bench:peers')
    .description('What a delivery costs the lab, and what others that do the same, side by side in one run.')
    .addOption(
      new Option('--quick', 'one block, a smaller grid: figures in about 2 minutes, no claims').default(
        false,
      ),
    )
    .addOption(
      new Option('--scenario <names>', `which of ${scenarioNames.join(', ')}`)
        .argParser(listOf(oneOf(scenarioNames)))
        .default(scenarioNames, 'all'),
    )
    .addOption(
      new Option('--peers <names>', `which of ${NAMES.join(', ')}; the lab is always there`)
        .argParser(listOf(oneOf(NAMES)))
        .default(USUAL, `all but ${NAMES.filter((name) => !USUAL.includes(name)).join(', ')}`),
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
  const blocks = values.blocks ?? (values.quick ? 1 : CLAIM_BLOCKS);
  return {
    scenarios: values.scenario,
    entries: ROSTER.filter(({ lane }) => lane.id === LAB || values.peers.includes(lane.id)),
    out: values.out,
    settings: {
      quick: values.quick || blocks < CLAIM_BLOCKS,
      short: values.quick,
      blocks,
      seed: values.seed,
      transports: TRANSPORT_NAMES,
      clients: undefined,
      ratesPerSecond: undefined,
      intervalsMs: undefined,
      payloadBytes: MESSAGE_BYTES,
    },
  };
}
