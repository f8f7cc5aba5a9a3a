import { Command, InvalidArgumentError, Option } from 'commander';
import type { TlsSource } from './certificate.ts';
import type { Coalescing } from './feed/rounds.ts';
import { DEFAULT_TOPIC, type Manners, WORKLOAD_RANGES, type Workload } from './wire.ts';

/** All that can be set about a server. Every bound is here, with its default. */
export interface Config {
  readonly host: string;
  readonly port: number;
  /** For raw TCP; undefined: none is opened. */
  readonly tcpPort: number | undefined;
  readonly token: string | undefined;
  /** Where the certificate comes from; undefined for a server without TLS. */
  readonly tls: TlsSource | undefined;
  readonly allowOrigins: readonly string[];
  readonly stack: 'raw' | 'express';
  /** What carries messages between processes: `memory` (to none), or where a Redis is. */
  readonly bus: string;
  readonly manners: Manners;
  readonly coalesceMs: Coalescing;
  /** Whether WebSocket clients that offer compression get it. */
  readonly deflate: boolean;
  readonly logMessages: number;
  readonly logBytes: number;
  readonly maxMessageBytes: number;
  readonly maxTopics: number;
  /** Processes that serve the port. */
  readonly workers: number;
  readonly maxPublishRate: number;
  readonly maxConnections: number;
  readonly maxHeaderBytes: number;
  readonly handshakeTimeoutMs: number;
  readonly headersTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly keepAliveMs: number;
  readonly heartbeatMs: number;
  readonly drainMs: number;
  readonly workload: Workload;
}

interface NumberFlag {
  readonly flag: string;
  readonly value: number;
  readonly min: number;
  readonly max: number;
  readonly what: string;
}

/** Number flags by the field of Config they set. */
const NUMBER_FLAGS = {
  port: { flag: 'port', value: 3000, min: 0, max: 65_535, what: 'port to listen on; 0 takes a free one' },
  logMessages: {
    flag: 'log-messages',
    value: 10_000,
    min: 1,
    max: 1_000_000,
    what: 'messages a topic keeps for those who resume',
  },
  logBytes: {
    flag: 'log-bytes',
    value: 64 * 1024 ** 2,
    min: 1024,
    max: 8 * 1024 ** 3,
    what: 'bytes of messages a topic keeps',
  },
  maxMessageBytes: {
    flag: 'max-message-bytes',
    value: 1024 ** 2,
    min: 1,
    max: 16 * 1024 ** 2,
    what: "bytes of a message's data",
  },
  maxTopics: { flag: 'max-topics', value: 1000, min: 1, max: 100_000, what: 'topics in use at once' },
  workers: {
    flag: 'workers',
    value: 1,
    min: 1,
    max: 64,
    what: 'processes that serve the port together',
  },
  maxPublishRate: {
    flag: 'max-publish-rate',
    value: 10_000,
    min: 0,
    max: 1_000_000,
    what: 'messages a second from one address, and as many at once; the next gets 429; 0: no limit',
  },
  maxConnections: {
    flag: 'max-connections',
    value: 10_000,
    min: 1,
    max: 1_000_000,
    what: 'connections at once, of each process; the next gets 503',
  },
  maxHeaderBytes: {
    flag: 'max-header-bytes',
    value: 16 * 1024,
    min: 1024,
    max: 1024 ** 2,
    what: "bytes of a request's head",
  },
  handshakeTimeoutMs: {
    flag: 'handshake-timeout-ms',
    value: 10_000,
    min: 100,
    max: 600_000,
    what: 'time a TLS handshake may take',
  },
  headersTimeoutMs: {
    flag: 'headers-timeout-ms',
    value: 15_000,
    min: 100,
    max: 600_000,
    what: "time a request's head may take",
  },
  requestTimeoutMs: {
    flag: 'request-timeout-ms',
    value: 30_000,
    min: 100,
    max: 600_000,
    what: 'time a whole request may take to arrive',
  },
  keepAliveMs: {
    flag: 'keep-alive-ms',
    value: 75_000,
    min: 1,
    max: 3_600_000,
    what: 'time an idle connection is kept',
  },
  heartbeatMs: {
    flag: 'heartbeat-ms',
    value: 15_000,
    min: 50,
    max: 600_000,
    what: 'silence after which a stream gets a sign of life',
  },
  drainMs: {
    flag: 'drain-ms',
    value: 5000,
    min: 0,
    max: 600_000,
    what: 'time to leave in after SIGTERM or Ctrl-C',
  },
} as const satisfies Partial<Record<keyof Config, NumberFlag>>;

const WORKLOAD_FLAGS = {
  ratePerSecond: {
    flag: 'rate',
    value: 2,
    ...WORKLOAD_RANGES.ratePerSecond,
    what: 'synthetic messages per second; 0 for none',
  },
  payloadBytes: {
    flag: 'payload',
    value: 120,
    ...WORKLOAD_RANGES.payloadBytes,
    what: "bytes of a synthetic message's data",
  },
  seed: { flag: 'seed', value: 1, ...WORKLOAD_RANGES.seed, what: 'seed of the synthetic messages' },
} as const satisfies Partial<Record<keyof Workload, NumberFlag>>;

/** The flags that are no numbers, as commander hands them over. */
interface TextValues {
  readonly host: string;
  readonly tcpPort: number | undefined;
  readonly token: string | undefined;
  readonly tls: boolean;
  readonly cert: string | undefined;
  readonly key: string | undefined;
  readonly allowOrigin: readonly string[];
  readonly stack: Config['stack'];
  readonly bus: string;
  readonly arrival: Workload['arrival'];
  readonly payloadKind: Workload['kind'];
  readonly naive: boolean;
  readonly coalesceMs: Coalescing;
  readonly deflate: boolean;
}

/** The bus of a server that is a single process. */
export const MEMORY_BUS = 'memory';

/** Longer than this nobody calls a message live. */
const MAX_COALESCE_MS = 1000;

const LOOPBACK_HOSTS: readonly string[] = ['127.0.0.1', '::1', 'localhost'];

export function isLoopback(host: string): boolean {
  return LOOPBACK_HOSTS.includes(host);
}

/** How a host stands in a URL (RFC 3986 §3.2.2: IPv6 in brackets). */
export function urlHost(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

/**
 * Reads flags and their environment variables (`--log-bytes` is `LAB_LOG_BYTES`); flags win.
 * Prints help or a complaint that names flag and value, and ends the process, as commander does.
 */
export function readConfig(argv: readonly string[]): Config {
  const command = new Command('transport-lab')
    .description('One message feed over short poll, long poll, SSE and WebSocket.')
    .addOption(option('--host <address>', 'host', 'address to listen on').default('127.0.0.1'))
    .addOption(
      option(
        '--tcp-port <n>',
        'tcp-port',
        'port for raw TCP (0 to 65535; 0 takes a free one); without it there is none',
      ).argParser((text) => parseWhole(text, 0, 65_535)),
    )
    .addOption(
      option('--token <secret>', 'token', 'what publishers must show; required off loopback').argParser(
        parseToken,
      ),
    )
    .addOption(
      option(
        '--tls',
        'tls',
        'serve https and wss, with a certificate of its own making unless one is given',
      ).default(false),
    )
    .addOption(option('--cert <file>', 'cert', 'a certificate for TLS (PEM, with its chain); needs --key'))
    .addOption(option('--key <file>', 'key', "the certificate's private key (PEM); needs --cert"))
    .addOption(
      option(
        '--allow-origin <origin>',
        'allow-origin',
        'a further origin whose pages may use the feeds; repeatable',
      )
        .argParser(parseOrigin)
        .default([]),
    )
    .addOption(
      option('--stack <kind>', 'stack', 'what carries the feeds: plain HTTP server, or Express too')
        .choices(['raw', 'express'])
        .default('raw'),
    )
    .addOption(
      option(
        '--bus <where>',
        'bus',
        'what carries messages between server processes: memory (there is but one), or redis://HOST:PORT',
      )
        .argParser(parseBus)
        .default(MEMORY_BUS),
    )
    .addOption(
      option(
        '--naive',
        'naive',
        'answer as a server that nobody has prepared: no headers for caches and buffers, no heartbeats, long holds',
      ).default(false),
    )
    .addOption(
      option(
        '--coalesce-ms <n>',
        'coalesce-ms',
        `time messages wait for others, to be sent together (0 to ${MAX_COALESCE_MS}); auto: only under load`,
      )
        .argParser((text) => (text === 'auto' ? text : parseWhole(text, 0, MAX_COALESCE_MS, ', or auto')))
        .default(0),
    )
    .addOption(
      option(
        '--deflate',
        'deflate',
        'compress for the WebSocket clients that offer it: a message once for all',
      ).default(false),
    )
    .addOption(
      option('--payload-kind <kind>', 'payload-kind', 'what synthetic messages carry')
        .choices(['text', 'binary'])
        .default('text'),
    )
    .addOption(
      option('--arrival <kind>', 'arrival', 'how synthetic messages are spaced')
        .choices(['poisson', 'periodic'])
        .default('poisson'),
    )
    .addHelpText('after', '\nEvery flag can be set by an environment variable: --log-bytes by LAB_LOG_BYTES.')
    .showHelpAfterError('(--help lists all flags)')
    .allowExcessArguments(false);
  for (const flag of [...Object.values(NUMBER_FLAGS), ...Object.values(WORKLOAD_FLAGS)]) {
    command.addOption(numberOption(flag));
  }
  command.parse(argv, { from: 'user' });
  const {
    host,
    tcpPort,
    token,
    tls,
    cert,
    key,
    allowOrigin,
    stack,
    bus,
    arrival,
    payloadKind,
    coalesceMs,
    ...rest
  } = command.opts<TextValues>();
  const config = {
    host,
    tcpPort,
    token,
    tls: readTls(command, cert, key, readSwitch(command, 'tls', tls)),
    allowOrigins: allowOrigin,
    stack,
    bus,
    manners: readSwitch(command, 'naive', rest.naive) ? 'naive' : 'polite',
    coalesceMs,
    deflate: readSwitch(command, 'deflate', rest.deflate),
    ...pick(NUMBER_FLAGS, rest),
    workload: { topic: DEFAULT_TOPIC, arrival, kind: payloadKind, ...pick(WORKLOAD_FLAGS, rest) },
  } satisfies Config;
  if (!isLoopback(config.host) && config.token === undefined) {
    command.error(
      `error: --host ${config.host} lets other machines in: give --token SECRET (or LAB_TOKEN), which publishing and control will ask for`,
    );
  }
  if (config.workload.kind === 'binary' && config.workload.payloadBytes === 0) {
    command.error('error: --payload 0 with --payload-kind binary: a binary message has 1 byte at least');
  }
  if (config.headersTimeoutMs > config.requestTimeoutMs) {
    command.error(
      `error: --headers-timeout-ms ${config.headersTimeoutMs} is over --request-timeout-ms ${config.requestTimeoutMs}: a request's head is part of it`,
    );
  }
  return config;
}

/** A certificate without its key is of no use, nor the other way round; with both, TLS is what they are given for. */
function readTls(
  command: Command,
  certFile: string | undefined,
  keyFile: string | undefined,
  wanted: boolean,
): TlsSource | undefined {
  if (certFile !== undefined && keyFile !== undefined) return { certFile, keyFile };
  if (certFile !== undefined) return command.error(`error: --cert ${certFile} needs its --key FILE`);
  if (keyFile !== undefined) return command.error(`error: --key ${keyFile} needs its --cert FILE`);
  return wanted ? 'self-signed' : undefined;
}

/** The values of a table's flags by the fields they set. */
function pick<F extends string>(flags: Record<F, NumberFlag>, values: object): Record<F, number> {
  const byName = new Map<string, number>(Object.entries(values));
  const fields = Object.keys(flags) as F[]; // Object.keys loses the literal type of the keys it returns
  // Each flag has a default, so that commander has a value for all of them.
  return Object.fromEntries(fields.map((f) => [f, byName.get(camelCase(flags[f].flag))])) as Record<
    F,
    number
  >;
}

/** To commander a switch is on as soon as its variable is there, whatever it says: `LAB_NAIVE=0` would turn it on. */
function readSwitch(command: Command, name: 'naive' | 'deflate' | 'tls', given: boolean): boolean {
  if (command.getOptionValueSource(name) !== 'env') return given;
  const variable = `LAB_${name.toUpperCase()}`;
  const text = process.env[variable] ?? '';
  if (['1', 'true'].includes(text)) return true;
  if (['0', 'false', ''].includes(text)) return false;
  return command.error(`error: ${variable}='${text}' is none of 1, true, 0, false`);
}

function camelCase(flag: string): string {
  return flag.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}

function option(flags: string, name: string, what: string): Option {
  return new Option(flags, what).env(`LAB_${name.replaceAll('-', '_').toUpperCase()}`);
}

/** An option that takes a whole number within a range. */
function numberOption({ flag, value, min, max, what }: NumberFlag): Option {
  return option(`--${flag} <n>`, flag, `${what} (${min} to ${max})`)
    .default(value)
    .argParser((text) => parseWhole(text, min, max));
}

function parseWhole(text: string, min: number, max: number, otherwise = ''): number {
  const number = Number(text);
  if (text.trim() === '' || !Number.isInteger(number) || number < min || number > max) {
    throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}${otherwise}.`);
  }
  return number;
}

/** One that can stand in an Authorization header (RFC 6750 §2.1). */
function parseToken(text: string): string {
  if (!/^[\x21-\x7e]+$/.test(text)) {
    throw new InvalidArgumentError('It must be one or more printable ASCII characters without spaces.');
  }
  return text;
}

function parseBus(text: string): string {
  const isRedis = URL.canParse(text) && ['redis:', 'rediss:'].includes(new URL(text).protocol);
  if (text === MEMORY_BUS || isRedis) return text;
  throw new InvalidArgumentError('It must be memory, or the URL of a Redis like redis://127.0.0.1:6379.');
}

/** Adds to those given before; one value may name several, with commas between. */
function parseOrigin(text: string, earlier: readonly string[]): readonly string[] {
  const origins = text.split(',').map((part) => part.trim());
  for (const origin of origins) {
    if (!URL.canParse(origin) || new URL(origin).origin !== origin) {
      throw new InvalidArgumentError(
        'It must be an origin like https://example.org or http://127.0.0.1:5173.',
      );
    }
  }
  return [...earlier, ...origins];
}
