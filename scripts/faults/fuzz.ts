import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { EARLIEST, feedPath, type Stats } from '../../server/wire.ts';
import type { Addresses } from '../../web/clients/address.ts';
import { subscribe } from '../../web/clients/subscribe.ts';
import { createNodeEnv } from '../node-env.ts';
import { startInProcess } from '../testing/in-process.ts';
import { now } from '../testing/node-contract-host.ts';
import { type Input, input, UPGRADE } from './fuzz-inputs.ts';

const TOPIC = 'bystander';

/** How many connections are open at once, and how long one that is not answered is left open: ms. */
const AT_ONCE = 64;
const PATIENCE_MS = 40;

/**
 * Sends `count` inputs made from `seed`, many connections at once, each left when it was answered, closed, or has had its
 * time. `every` is called after each hundred.
 */
export async function fuzz(
  addresses: Addresses,
  { count, seed }: { readonly count: number; readonly seed: number },
  every: (done: number) => Promise<void> = async () => undefined,
): Promise<void> {
  const inputs = fc.sample(input, { numRuns: count, seed });
  for (let done = 0; done < inputs.length; done += 100) {
    const batch = inputs.slice(done, done + 100).values();
    // Each takes the next one of the same iterator.
    await Promise.all(
      Array.from({ length: AT_ONCE }, async () => {
        for (const one of batch) await sendInput(addresses, one);
      }),
    );
    await every(Math.min(done + 100, count));
  }
}

async function sendInput({ url, tcpUrl }: Addresses, { to, upgraded, pieces }: Input): Promise<void> {
  const { hostname, port } = new URL((to === 'tcp' ? tcpUrl : undefined) ?? url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined); // to be cut off is what many of them are after
  if (upgraded) {
    socket.write(UPGRADE);
    await Promise.race([once(socket, 'data'), once(socket, 'close')]).catch(() => undefined);
  }
  for (const piece of pieces) socket.write(piece);
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, PATIENCE_MS);
    const finish = (): void => {
      clearTimeout(timer);
      resolve();
    };
    socket.once('close', finish);
    socket.once('data', finish);
  });
  socket.destroy();
}

/** What came of it for those who behave. */
export interface FuzzOutcome {
  /** What was published meanwhile, and what was read of it over each of some transports. */
  readonly published: readonly number[];
  readonly read: Readonly<Record<string, readonly unknown[]>>;
  /** Failures within the server. */
  readonly failures: readonly unknown[];
  /** Connections that are left when all is over. */
  readonly connections: number;
}

const BYSTANDERS = ['sse', 'websocket', 'long-poll'] as const;
/** After this what has not come is taken for lost: ms. */
const READ_WITHIN_MS = 10_000;

/** Fuzzes a server of its own, to which somebody publishes a message after each hundred inputs, and others read them. */
export async function runFuzz(
  plan: { readonly count: number; readonly seed: number },
  onProgress: (done: number) => void = () => undefined,
): Promise<FuzzOutcome> {
  await using lab = await startInProcess(['--tcp-port', '0', '--max-publish-rate', '0']);
  const env = createNodeEnv({ now });
  const ending = new AbortController();
  const read: Record<string, unknown[]> = {};
  const published: number[] = [];
  const readings = BYSTANDERS.map(async (transport) => {
    const data: unknown[] = [];
    read[transport] = data;
    const { signal } = ending;
    for await (const event of subscribe(
      { transport, topic: TOPIC, baseUrl: lab.url, after: EARLIEST, signal },
      env,
    ))
      data.push(event.kind === 'message' ? event.message.data : event);
  });
  await fuzz(lab, plan, async (done) => {
    const body = JSON.stringify({ type: 'n', data: done });
    const response = await fetch(`${lab.url}${feedPath(TOPIC, 'messages')}`, { method: 'POST', body });
    if (response.status === 201) published.push(done);
    onProgress(done);
  });
  const deadline = performance.now() + READ_WITHIN_MS;
  const missing = (): boolean => Object.values(read).some((data) => data.length < published.length);
  while (missing() && performance.now() < deadline) await sleep(20);
  ending.abort();
  await Promise.all(readings);
  await env.close();
  let connections = Number.POSITIVE_INFINITY;
  while (connections > 1 && performance.now() < deadline) {
    const response = await fetch(`${lab.url}/api/stats`, { headers: { Connection: 'close' } });
    connections = ((await response.json()) as Stats).connections; // the wire's promise (server/wire.ts)
  }
  return { published, read, failures: lab.failures, connections };
}
