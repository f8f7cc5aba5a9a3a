import { type Command, Option } from 'commander';
import type { TransportName } from '../../server/wire.ts';
import { listOf, number, oneOf } from '../flags.ts';
import { CLAIM_BLOCKS, type Settings } from './settings.ts';

const QUICK_BLOCKS = 1;

/** What every command that runs scenarios in blocks is told, as commander hands it over. */
export interface RunValues {
  readonly quick: boolean;
  readonly scenario: readonly string[];
  readonly blocks: number | undefined;
  readonly seed: number;
  readonly out: string | undefined;
}

/** `quickly` says what a quick run does without. */
export function addScenarioOptions(
  command: Command,
  scenarioNames: readonly string[],
  quickly: string,
): Command {
  return command
    .addOption(new Option('--quick', quickly).default(false))
    .addOption(
      new Option('--scenario <names>', `which of ${scenarioNames.join(', ')}`)
        .argParser(listOf(oneOf(scenarioNames)))
        .default(scenarioNames, 'all'),
    );
}

/** Of `names`, in their order however they are asked for; undefined where none is. `otherwise` says what is taken then. */
export function transportsOption(names: readonly TransportName[], otherwise: string): Option {
  const parse = listOf(oneOf(names));
  return new Option('--transports <names>', `which of ${names.join(', ')} (default: ${otherwise})`).argParser(
    (text) => {
      const asked = parse(text);
      return names.filter((name) => asked.includes(name));
    },
  );
}

export function addRunOptions(command: Command): Command {
  return command
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
}

export function runSettings({
  quick,
  blocks: given,
  seed,
}: RunValues): Pick<Settings, 'quick' | 'short' | 'blocks' | 'seed'> {
  const blocks = given ?? (quick ? QUICK_BLOCKS : CLAIM_BLOCKS);
  return { quick: quick || blocks < CLAIM_BLOCKS, short: quick, blocks, seed };
}
