import { Command, Option } from 'commander';
import { listOf, number, oneOf } from '../flags.ts';

/** What a run is to do. */
export interface CompatSettings {
  readonly timeScale: number;
  /** Rows by their ids, or all: `nginx` stands for both of its variants. */
  readonly paths: readonly string[] | undefined;
  readonly host: 'chromium' | 'node';
  /** Rows at once, of four pages each. */
  readonly atOnce: number;
  readonly environments: boolean;
}

/** The scale of a quick run: idle limits of a minute become six seconds. */
export const QUICK_TIME_SCALE = 0.1;

/** Six rows are 24 pages: what one browser on a small machine serves without being late itself. */
const DEFAULT_AT_ONCE = 6;

export const DEFAULT_SETTINGS: CompatSettings = {
  timeScale: 1,
  paths: undefined,
  host: 'chromium',
  atOnce: DEFAULT_AT_ONCE,
  environments: true,
};

interface Values {
  readonly quick: boolean;
  readonly timeScale: number | undefined;
  readonly paths: readonly string[] | undefined;
  readonly host: CompatSettings['host'];
  readonly atOnce: number;
  readonly environments: boolean;
  readonly out: string | undefined;
}

/** Reads the command line; prints help or a complaint that names flag and value, and ends, as commander does. */
export function readCompatOptions(
  argv: readonly string[],
  pathIds: readonly string[],
): { readonly settings: CompatSettings; readonly out: string | undefined } {
  const command = new Command('bench:compat')
    .description(
      'Sends every transport through what lies between clients and servers, and says what arrives.',
    )
    .addOption(
      new Option('--quick', `all limits at ${QUICK_TIME_SCALE} of their time: no published run`).default(
        false,
      ),
    )
    .addOption(
      new Option(
        '--time-scale <factor>',
        'of silences, heartbeats and idle limits: 0.02 to 1; 1 for a published run',
      )
        .argParser(number(0.02, 1, { whole: false }))
        .conflicts('quick'),
    )
    .addOption(
      new Option('--paths <ids>', `which of ${pathIds.join(', ')}`).argParser(listOf(oneOf(pathIds))),
    )
    .addOption(
      new Option('--host <kind>', 'where the clients run').choices(['chromium', 'node']).default('chromium'),
    )
    .addOption(
      new Option('--at-once <rows>', 'rows filled side by side, of four pages each (1 to 16)')
        .argParser(number(1, 16))
        .default(DEFAULT_AT_ONCE),
    )
    .option('--no-environments', 'leave out what surrounds the page (policies, origins, connections)')
    .addOption(new Option('--out <folder>', 'where the run goes (default: results/ and the time)'))
    .showHelpAfterError('(--help lists all flags)')
    .allowExcessArguments(false);
  command.parse(argv, { from: 'user' });
  const { quick, timeScale, paths, host, atOnce, environments, out } = command.opts<Values>();
  return {
    settings: {
      timeScale: timeScale ?? (quick ? QUICK_TIME_SCALE : 1),
      paths,
      host,
      atOnce,
      environments,
    },
    out,
  };
}
