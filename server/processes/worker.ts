import { createBirpc } from 'birpc';
import { openBus, type Shared, startServer } from '../app.ts';
import { type Config, MEMORY_BUS } from '../config.ts';
import { boundWaiting } from '../feed/bounded-bus.ts';
import { createRelayBus } from '../feed/relay-bus.ts';
import type { OnError } from '../problem.ts';
import type { PrimaryCalls, WorkerCalls } from './calls.ts';

/**
 * Serves the port beside other workers, as soon as the primary says so. `explain` puts into words why it could not be
 * started.
 */
export function serveAsWorker(config: Config, onError: OnError, explain: (error: unknown) => string): void {
  let server: ReturnType<typeof startServer> | undefined;
  const functions: WorkerCalls = {
    async start(credentials) {
      const shared: Shared = {
        bus: config.bus === MEMORY_BUS ? boundWaiting(relay, onError) : await openBus(config, onError),
        credentials,
        workload: { read: () => primary.readWorkload(), set: (next) => primary.setWorkload(next) },
        gather: (client) => primary.gather(client),
      };
      server = startServer(config, onError, shared);
      return server.then(
        ({ url, tcpUrl, fingerprint }) => ({ url, tcpUrl, fingerprint }),
        (error: unknown) => ({ failure: explain(error) }),
      );
    },
    async stats(client) {
      if (!server) throw new Error('This worker has not been started.');
      return (await server).stats(client);
    },
    async take(topic, records) {
      try {
        await relay.take(topic, records);
      } catch (error) {
        // What it has of the topic is of no use any more: another worker begins anew.
        onError(error, { stage: 'relay' });
        process.exit(1);
      }
    },
    leave,
  };
  const primary = createBirpc<PrimaryCalls, WorkerCalls>(functions, {
    post: (message) => void process.send?.(message),
    on: (receive) => void process.on('message', receive),
    timeout: -1,
  });
  const relay = createRelayBus(primary, (error) => onError(error, { stage: 'relay' }));

  async function leave(): Promise<void> {
    try {
      await (await server)?.close();
    } finally {
      process.exit(0); // also where it has never been started
    }
  }

  primary.ready().catch(() => undefined); // the primary is gone, which ends this process

  // Without the primary there is no feed.
  process.once('disconnect', () => process.exit(1));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void leave());
}
