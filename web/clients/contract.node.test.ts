import { expect, test } from 'vitest';
import { createNodeEnv } from '../../scripts/node-env.ts';
import { nodeContractHost, now } from '../../scripts/testing/node-contract-host.ts';
import { EARLIEST, TRANSPORT_NAMES, TRANSPORTS, transportsOf } from '../../server/wire.ts';
import { describeContract } from './contract.ts';
import { CaseContext, until } from './contract-context.ts';

const host = nodeContractHost();

describeContract(host);

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

test.each(TRANSPORT_NAMES)('%s has the way up that the registry says', async (transport) => {
  const { connect, openPublisher } = await createNodeEnv({ now }).loadTransport(transport);
  expect(connect).toBeTypeOf('function');
  expect(openPublisher !== undefined).toBe(TRANSPORTS[transport].up !== undefined);
});

/** What keeps the process alive that a client could have left. */
function resources(): string {
  const kinds = process.getActiveResourcesInfo();
  return kinds
    .filter((kind) => /TCP|TLS|Timeout|DNS|GetAddrInfo/.test(kind))
    .sort()
    .join(' ');
}
