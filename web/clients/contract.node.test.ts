import { expect, test } from 'vitest';
import { createNodeEnv } from '../../scripts/node-env.ts';
import { startForgetfulHop } from '../../scripts/testing/forgetful-hop.ts';
import { holdConnections } from '../../scripts/testing/hold-connections.ts';
import { startLab } from '../../scripts/testing/lab.ts';
import { EARLIEST, transportsOf } from '../../server/wire.ts';
import { type ContractHost, describeContract } from './contract.ts';
import { CaseContext, until } from './contract-context.ts';

const now = (): number => performance.timeOrigin + performance.now();

const host: ContractHost = {
  kind: 'node',
  createEnv: () => createNodeEnv({ now }),
  async start(flags) {
    const lab = await startLab(flags);
    let release = (): void => undefined;
    return {
      url: lab.url,
      restart: () => lab.restart(),
      stop: async () => void (await lab.stop('SIGKILL')),
      async occupy(connections) {
        release = await holdConnections(lab.url, connections);
      },
      release: async () => release(),
      async startHop() {
        const hop = await startForgetfulHop(lab.url);
        return {
          url: hop.url,
          forget: async () => hop.forget(),
          stop: async () => hop[Symbol.asyncDispose](),
        };
      },
    };
  },
};

describeContract(host);
describeContract(
  { ...host, createEnv: () => createNodeEnv({ now, compressed: true }) },
  {
    title: 'off the fast path',
    flags: ['--stack', 'express', '--deflate', '--coalesce-ms', '5'],
  },
);

test.each(transportsOf('node'))('%s leaves no socket and no timer behind in Node', async (transport) => {
  const lab = await host.start([]);
  const before = resources();
  const env = createNodeEnv({ now });
  const context = new CaseContext(transport, host.kind, env, lab);
  const reader = context.read({ after: EARLIEST });
  await context.publishNumbers(1, 3);
  await reader.readTo(3);
  await context.close();
  await env.close();
  await until(async () => resources() === before);
  expect(resources()).toBe(before);
  await lab.stop();
});

/** What keeps the process alive that a client could have left. */
function resources(): string {
  const kinds = process.getActiveResourcesInfo();
  return kinds
    .filter((kind) => /TCP|TLS|Timeout|DNS|GetAddrInfo/.test(kind))
    .sort()
    .join(' ');
}
