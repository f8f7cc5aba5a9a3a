import { randomLcg } from 'd3-random';
import type { TransportName, Workload } from '../../../server/wire.ts';
import type { TransportClient } from '../../../web/clients/client.ts';
import { openPublisher as openPost } from '../../../web/clients/post.ts';
import {
  Audience,
  type AudienceOptions,
  delay,
  type Recovery,
  type RecoveryRecord,
  type Violation,
} from './audience.ts';
import { type ConnectOptions, type ConnectRecord, runConnects } from './connects.ts';
import { type Control, openControl } from './control.ts';
import { type FloodOptions, type FloodRecord, runFlood } from './flood.ts';
import { type LoadOptions, type LoadRecord, runLoad } from './load.ts';
import { type PublishOptions, type PublishRecord, runPublishers } from './publishers.ts';
import { serveCalls } from './rpc.ts';
import { runSink, type SinkOptions, type SinkRecord } from './sink.ts';

/**
 * The load: a process of its own, so that what it costs is not the server's. The harness calls; everything that
 * takes time stamps happens here, on the clock that server and load share.
 */

/** Randomness cannot cross to another process: its seed does. */
type Seeded<T> = Omit<T, 'random'> & { readonly seed: number };

let control: Control | undefined;
const audiences = new Map<string, Audience>();

function connected(): Control {
  if (!control) throw new Error('The driver is not connected yet.');
  return control;
}

const methods = {
  async connect(baseUrl: string): Promise<void> {
    await control?.close();
    control = await openControl(baseUrl);
  },
  setWorkload: (change: Partial<Workload>): Promise<void> => connected().setWorkload(change),
  /** Through another address than the server's own, where one is given: ms. */
  async roundTripMs({ baseUrl, topic }: { baseUrl?: string; topic: string }): Promise<number> {
    if (baseUrl === undefined) return connected().roundTripMs(topic);
    const through = await openControl(baseUrl);
    try {
      return await through.roundTripMs(topic);
    } finally {
      await through.close();
    }
  },
  async gather({ id, ...options }: { id: string } & Seeded<AudienceOptions>): Promise<void> {
    audiences.set(id, new Audience({ ...options, random: randomLcg(options.seed) }, connected()));
  },
  growTo: ({ id, count }: { id: string; count: number }): Promise<void> => audience(id).growTo(count),
  measure: ({ id, windowMs, allowed }: { id: string; windowMs: number; allowed?: readonly Violation[] }) =>
    audience(id).measure(windowMs, allowed),
  attempts: async (id: string): Promise<number> => audience(id).attempts,
  recover: ({ id, ...recovery }: { id: string } & Recovery): Promise<RecoveryRecord> =>
    audience(id).recover(recovery),
  pause: (ms: number): Promise<void> => delay(ms),
  async dismiss(id: string): Promise<void> {
    await audience(id).close();
    audiences.delete(id);
  },
  load: (options: LoadOptions): Promise<LoadRecord> => runLoad(options, connected()),
  connects: (options: ConnectOptions): Promise<ConnectRecord> => runConnects(options, connected()),
  sink: (options: SinkOptions): Promise<SinkRecord> => runSink(options, connected()),
  async flood(options: FloodOptions): Promise<FloodRecord> {
    const { openPublisher } = await loadTransport(options.way);
    if (!openPublisher) throw new Error(`${options.way} has no way up of its own.`);
    return runFlood(options, openPublisher, connected());
  },
  async publish({ seed, ...options }: Seeded<PublishOptions>): Promise<PublishRecord> {
    const { way } = options;
    const open = way === 'post' ? openPost : (await loadTransport(way)).openPublisher;
    if (!open) throw new Error(`${way} has no way up of its own.`);
    return runPublishers({ ...options, random: randomLcg(seed) }, open, connected());
  },
};

export type DriverMethods = typeof methods;

function audience(id: string): Audience {
  const known = audiences.get(id);
  if (!known) throw new Error(`There is no audience ${id}.`);
  return known;
}

function loadTransport(name: TransportName): Promise<TransportClient> {
  return import(`../../../web/clients/${name}.ts`);
}

serveCalls(methods);
