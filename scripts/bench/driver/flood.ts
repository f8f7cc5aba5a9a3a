import type { Stats, TransportName } from '../../../server/wire.ts';
import type { OpenPublisher, Publisher } from '../../../web/clients/client.ts';
import { delay } from './audience.ts';
import type { Control } from './control.ts';
import { type HostUse, hostUse, readHost } from './host.ts';
import { createLaneEnv } from './lane-env.ts';

export interface FloodOptions {
  readonly way: TransportName;
  readonly baseUrl: string;
  readonly topic: string;
  readonly publishers: number;
  /** Messages that each of them has on the way at once. */
  readonly inFlight: number;
  readonly payloadBytes: number;
  readonly warmUpMs: number;
  readonly windowMs: number;
}

/** What a window has brought, with the server's statistics before and after it. */
export interface FloodRecord {
  readonly before: Stats;
  readonly after: Stats;
  readonly host: HostUse;
  /** Messages whose acknowledgement came within the window. */
  readonly acknowledged: number;
  readonly violations: readonly string[];
}

/** Publishes as much as is acknowledged: each acknowledgement is followed by the next message (a closed loop). */
export async function runFlood(
  { way, baseUrl, topic, publishers, inFlight, payloadBytes, warmUpMs, windowMs }: FloodOptions,
  open: OpenPublisher,
  control: Control,
): Promise<FloodRecord> {
  const env = createLaneEnv(way, { now: control.now });
  const client = 'flood';
  const lines: Publisher[] = [];
  for (let i = 0; i < publishers; i++) lines.push(await open({ baseUrl, topic, client }, env));
  const draft = { type: 'tick', data: 'x'.repeat(payloadBytes) };
  const failures: string[] = [];
  let acknowledged = 0;
  let over = false;
  const publishOn = async (publisher: Publisher): Promise<void> => {
    while (!over) {
      await publisher.publish(draft);
      acknowledged += 1;
    }
  };
  const flooding = lines.flatMap((publisher) =>
    Array.from({ length: inFlight }, () =>
      publishOn(publisher).catch((error: unknown) => {
        failures.push(error instanceof Error ? error.message : String(error));
      }),
    ),
  );
  await delay(warmUpMs);
  const before = await control.stats(client);
  const hostBefore = readHost();
  const from = acknowledged;
  await delay(windowMs);
  const after = await control.stats(client);
  const within = acknowledged - from;
  const host = hostUse(hostBefore, readHost());
  over = true;
  await Promise.all(flooding);
  for (const publisher of lines) publisher.close();
  await env.close();
  return {
    before,
    after,
    host,
    acknowledged: within,
    violations: failures.length === 0 ? [] : [`${failures.length} messages were refused: ${failures[0]}`],
  };
}
