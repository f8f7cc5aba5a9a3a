import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  CLIENT_HOSTS,
  type ClientHost,
  type Receipt,
  TRANSPORT_NAMES,
  TRANSPORTS,
  type TransportName,
  transportsOf,
} from '../../server/wire.ts';
import type { Addresses } from './address.ts';
import type { Env } from './client.ts';
import { BINARY_CASES } from './contract-binary.ts';
import { CaseContext } from './contract-context.ts';
import { DELIVERY_CASES } from './contract-delivery.ts';
import { FAILURE_CASES } from './contract-failures.ts';
import { PUBLISH_CASES } from './contract-publish.ts';

/** A server that a case runs against. */
export interface HostedLab extends Addresses {
  /** Ends it without a goodbye and starts another on the same port. */
  restart(): Promise<void>;
  stop(): Promise<void>;
  /** Holds this many of the server's connections, silent, until `release`: to one of its addresses. */
  occupy(address: string, connections: number): Promise<void>;
  release(): Promise<void>;
  /** Publishes the numbers from `first` to `last`, all in flight at once: from outside, so that a page has time to read. */
  publishNumbers(topic: string, first: number, last: number): Promise<Receipt[]>;
  /** Puts a hop in front of one of its addresses. */
  startHop(address: string): Promise<HostedHop>;
}

/** Something on the way that can lose its memory, as a NAT does, and connections with what is on them. */
export interface HostedHop {
  readonly url: string;
  /** How many it has carried so far. */
  connections(): Promise<number>;
  /** Nothing passes any more over the connections there are, and nobody is told. New ones are well. */
  forget(): Promise<void>;
  /** Keeps to itself what the server says, on all connections and on new ones, until the next `cut` or `forget`. */
  swallow(): Promise<void>;
  /** Ends all connections. New ones are well. */
  cut(): Promise<void>;
  /** Cuts each of the next `connections` once so many bytes have passed over it, either way: the rest is lost. */
  cutAfter(bytes: number, connections: number): Promise<void>;
  stop(): Promise<void>;
}

/** What the suite needs of where it runs. */
export interface ContractHost {
  readonly kind: ClientHost;
  start(flags: readonly string[]): Promise<HostedLab>;
  createEnv(): ContractEnv;
}

interface ContractEnv extends Env {
  close(): Promise<void>;
}

/** One promise that every transport keeps. Its name says which; `declaredGaps` of the registry refer to it. */
export interface ContractCase {
  readonly name: string;
  /**
   * The server's flags. Cases with the same flags share a server one after the other, each with a topic of its own, and
   * leave it as they found it, though it may have been started again.
   */
  readonly flags?: readonly string[];
  /** Needs a server of its own, since it fills it: a browser lets go of connections when it pleases. */
  readonly alone?: true;
  run(context: CaseContext): Promise<void>;
}

const CASES: readonly ContractCase[] = [
  ...DELIVERY_CASES,
  ...FAILURE_CASES,
  ...PUBLISH_CASES,
  ...BINARY_CASES,
];

/** How the suite is run; the server as it comes, but for its limit on publishing, unless it says otherwise. */
export interface ContractVariant {
  readonly title?: string;
  /** For every server of the suite. */
  readonly flags?: readonly string[];
  /** All that the host can run, unless it says otherwise. */
  readonly transports?: readonly TransportName[];
}

/** Cases publish as fast as they can, one beside the other. */
const FLAGS = ['--max-publish-rate', '0'];

/** Registers the whole suite: every case for every transport that the registry says the host can run. */
export function describeContract(
  host: ContractHost,
  {
    title = 'the server as it comes',
    flags: ownFlags = [],
    transports = transportsOf(host.kind),
  }: ContractVariant = {},
): void {
  const shared = new Map<string, Promise<HostedLab>>();
  const start = (flags: readonly string[]): Promise<HostedLab> =>
    host.start([...FLAGS, ...ownFlags, ...flags]);
  const startShared = (flags: readonly string[]): Promise<HostedLab> => {
    const key = flags.join(' ');
    const lab = shared.get(key) ?? start(flags);
    shared.set(key, lab);
    return lab;
  };

  afterAll(async () => {
    for (const lab of shared.values()) await (await lab).stop();
  });

  describe.each(transports)(`%s, ${title}`, (transport) => {
    let env: ContractEnv;
    beforeEach(() => {
      env = host.createEnv();
    });
    afterEach(() => env.close());

    for (const contractCase of CASES) {
      const { name, flags = [], alone } = contractCase;
      test(name, async ({ skip }) => {
        const declared = declaredGap(transport, name);
        if (declared !== undefined) skip(declared);
        const lab = await (alone ? start(flags) : startShared(flags));
        const context = new CaseContext(transport, host.kind, env, lab);
        try {
          await contractCase.run(context);
        } finally {
          await context.close();
          if (alone) await lab.stop();
        }
      });
    }
  });

  test('every transport runs somewhere', () => {
    const everywhere = CLIENT_HOSTS.flatMap(transportsOf);
    for (const transport of TRANSPORT_NAMES) expect(everywhere).toContain(transport);
  });

  test('every gap that a transport declares is a case of this suite', () => {
    const names = CASES.map(({ name }) => name);
    for (const transport of TRANSPORT_NAMES) {
      const { declaredGaps = {} } = TRANSPORTS[transport];
      for (const name of Object.keys(declaredGaps)) expect(names).toContain(name);
    }
  });
}

function declaredGap(transport: TransportName, name: string): string | undefined {
  return TRANSPORTS[transport].declaredGaps?.[name];
}
