import { Command, InvalidArgumentError, Option } from 'commander';
import {
  MANNERS,
  type Manners,
  TECHNIQUES,
  TRANSPORT_NAMES,
  type TransportName,
  transportsOf,
} from '../../server/wire.ts';
import { HTTP_LANES } from '../../web/probe/lanes.ts';
import { type ProbeSettings, probeSettings } from '../../web/probe/settings.ts';
import { listOf, number, oneOf } from '../flags.ts';
import { proxyFor } from './proxy.ts';

/** All that Node can run through what lies between here and a lab. */
const LANES = transportsOf('node').filter((name) => HTTP_LANES.includes(name));

/** The silence at time scale 1: seconds. */
const USUAL_SILENCE = 75;
/** Seconds; the lab holds no polite poll for longer than is asked for beyond them. */
const SILENCE = { min: 2, max: 180 } as const;

export type ProbeCommand = {
  /** Where the record goes, where it was named. */
  readonly save: string | undefined;
  readonly json: boolean;
} & (
  | { readonly do: 'load'; readonly file: string }
  | {
      readonly do: 'run';
      readonly baseUrl: string;
      readonly settings: ProbeSettings;
      readonly token: string | undefined;
      readonly proxy: string | undefined;
      readonly insecure: boolean;
    }
);

interface Values {
  readonly token: string | undefined;
  readonly transports: readonly TransportName[];
  readonly manners: readonly Manners[];
  readonly silence: number;
  readonly proxy: string | undefined;
  readonly insecure: boolean;
  readonly save: string | undefined;
  readonly load: string | undefined;
  readonly json: boolean;
}

/** Reads the probe's command line; prints help or a complaint that names flag and value, and ends with 2. */
export function readOptions(argv: readonly string[], environment: NodeJS.ProcessEnv): ProbeCommand {
  const command = new Command('probe')
    .description(
      'Finds out what lies between here and a lab (npm start) at that address, and which transport passes it.',
    )
    .argument('[url]', 'where the lab is, as clients reach it: https://my.host', baseUrl)
    .addOption(
      new Option('--token <secret>', 'what the lab asks for, where it was given one').env('LAB_TOKEN'),
    )
    .addOption(
      new Option('--transports <names>', `which of ${LANES.join(', ')}`)
        .argParser(listOf(oneOf(LANES)))
        .default(TECHNIQUES, 'the four that findings and advice are about'),
    )
    .addOption(
      new Option('--manners <names>', 'how the lab is to answer: polite (prepared for what may come), naive')
        .argParser(listOf(oneOf(MANNERS)))
        .default(MANNERS, 'both'),
    )
    .addOption(
      new Option(
        '--silence <seconds>',
        `how long nothing is said (${SILENCE.min} to ${SILENCE.max}): longer than what may cut silent lines`,
      )
        .argParser(number(SILENCE.min, SILENCE.max, { whole: false, unit: 'seconds' }))
        .default(USUAL_SILENCE),
    )
    .addOption(
      new Option(
        '--proxy <url>',
        'a forward proxy, http://host:port (default: https_proxy or http_proxy of the environment, unless no_proxy names the host)',
      ).argParser(proxyUrl),
    )
    .addOption(new Option('--insecure', 'let certificates pass that nobody has signed').default(false))
    .addOption(new Option('--save <file>', 'write the record there, as JSON'))
    .addOption(new Option('--load <file>', 'diagnose a saved record instead of a run'))
    .addOption(new Option('--json', 'print record, diagnoses and recommendation as JSON').default(false))
    .addHelpText(
      'after',
      '\nEnds with 0 where the lab was reached, 1 where it was not, 2 for flags that are wrong.',
    )
    .showHelpAfterError('(--help lists all flags)')
    .allowExcessArguments(false)
    .exitOverride((error) => {
      process.exit(error.exitCode === 0 ? 0 : 2);
    });
  command.parse(argv, { from: 'user' });
  const { save, json, load, transports, manners, silence, token, proxy, insecure } = command.opts<Values>();
  const url = command.processedArgs[0] as string | undefined; // what the argument's own parser returned
  if (load !== undefined) {
    if (url !== undefined) command.error(`error: --load ${load} needs no address; ${url} is one too many`);
    return { do: 'load', file: load, save, json };
  }
  if (url === undefined) return command.error("error: where the lab is was not said: 'https://my.host'");
  return {
    do: 'run',
    baseUrl: url,
    settings: probeSettings(
      silence / USUAL_SILENCE,
      TRANSPORT_NAMES.filter((name) => transports.includes(name)),
      MANNERS.filter((name) => manners.includes(name)),
    ),
    token,
    proxy: proxy ?? proxyFor(new URL(url), environment),
    insecure,
    save,
    json,
  };
}

function baseUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    throw new InvalidArgumentError('It must be an address like https://my.host or http://127.0.0.1:3000.');
  }
  if (url.pathname !== '/' || url.search !== '') {
    throw new InvalidArgumentError('A lab has a host for itself: leave out what stands behind it.');
  }
  return url.origin;
}

function proxyUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'http:') throw new InvalidArgumentError('It must be like http://proxy.my.net:3128.');
  return url.href;
}
