import { Command, Option } from 'commander';
import { TECHNIQUES } from '../../../server/wire.ts';
import { listOf, oneOf } from '../../flags.ts';
import { addRunOptions, addScenarioOptions, type RunValues, runSettings } from '../run-options.ts';
import type { Settings } from '../settings.ts';
import { MESSAGE_BYTES } from './message.ts';
import { LAB, ROSTER, type RosterEntry } from './roster.ts';

export interface PeersOptions {
  readonly scenarios: readonly string[];
  /** In the roster's order, the lab always among them. */
  readonly entries: readonly RosterEntry[];
  readonly settings: Settings;
  readonly out: string | undefined;
}

interface Values extends RunValues {
  readonly peers: readonly string[];
}

const NAMES = ROSTER.map(({ lane }) => lane.id);
const USUAL = ROSTER.filter(({ extra }) => !extra).map(({ lane }) => lane.id);

/** Reads the command line; prints help or a complaint that names flag and value, and ends, as commander does. */
export function readPeersOptions(argv: readonly string[], scenarioNames: readonly string[]): PeersOptions {
  const command = new Command('bench:peers').description(
    'What a delivery costs the lab, and what others that do the same, side by side in one run.',
  );
  addScenarioOptions(
    command,
    scenarioNames,
    'one block, a smaller grid: figures in about 2 minutes, no claims',
  );
  command.addOption(
    new Option('--peers <names>', `which of ${NAMES.join(', ')}; the lab is always there`)
      .argParser(listOf(oneOf(NAMES)))
      .default(USUAL, `all but ${NAMES.filter((name) => !USUAL.includes(name)).join(', ')}`),
  );
  addRunOptions(command);
  command.parse(argv, { from: 'user' });
  const values = command.opts<Values>();
  return {
    scenarios: values.scenario,
    entries: ROSTER.filter(({ lane }) => lane.id === LAB || values.peers.includes(lane.id)),
    out: values.out,
    settings: {
      ...runSettings(values),
      transports: TECHNIQUES,
      clients: undefined,
      ratesPerSecond: undefined,
      intervalsMs: undefined,
      payloadBytes: MESSAGE_BYTES,
    },
  };
}
