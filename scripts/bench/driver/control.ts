import { setMaxListeners } from 'node:events';
import {
  type ClockReading,
  feedPath,
  type PollAnswer,
  type Stats,
  type Workload,
} from '../../../server/wire.ts';
import { problemFrom } from '../../../web/clients/client.ts';
import { createNodeEnv } from '../../node-env.ts';
import { monotonicMs } from './monotonic.ts';

/** The driver's own line to the server: its requests carry no label and are in no lane's account. */
export interface Control {
  /** The server's clock, ms: exact, since both processes read the machine's monotonic clock. */
  now(): number;
  stats(client: string): Promise<Stats>;
  setWorkload(change: Partial<Workload>): Promise<void>;
  /** As fast as one connection takes them, by POST. */
  publish(topic: string, messages: number, payloadBytes: number): Promise<void>;
  /** The newest message's number and the cursor behind it. */
  newest(topic: string): Promise<{ readonly seq: number; readonly cursor: string }>;
  /** Median time of a request that is answered at once, ms. */
  roundTripMs(topic: string): Promise<number>;
  close(): Promise<void>;
}

const ROUND_TRIPS = { atMost: 15, forMs: 300 } as const;

export async function openControl(baseUrl: string): Promise<Control> {
  let offsetMs = 0;
  const now = (): number => offsetMs + monotonicMs();
  // The audience's own way of asking, so that a round trip is one of theirs. Nobody has signed a lab's certificate.
  const env = createNodeEnv({ now, connections: 1, insecure: true });
  const ending = new AbortController();
  setMaxListeners(0, ending.signal); // one for each request
  async function request<T>(path: string, change?: object): Promise<T> {
    const { signal } = ending;
    const method = path.startsWith('/api/') ? 'PUT' : 'POST';
    const body = change && ({ method, body: JSON.stringify(change) } as const);
    const headers = { 'Content-Type': 'application/json' };
    const response = await env.fetch(new URL(path, baseUrl).href, { signal, headers, ...body });
    if (!response.ok) throw await problemFrom(response);
    return (await response.json()) as T; // the wire's promise (server/wire.ts)
  }
  const clock = await request<ClockReading>('/api/clock');
  offsetMs = clock.at - clock.monotonicMs;
  return {
    now,
    stats: (client) => request(`/api/stats?client=${client}`),
    setWorkload: (change) => request('/api/workload', change),
    async publish(topic, messages, payloadBytes) {
      const draft = { type: 'tick', data: 'x'.repeat(payloadBytes) };
      const publish = () => request(feedPath(topic, 'messages'), draft);
      await Promise.all(Array.from({ length: messages }, publish));
    },
    async newest(topic) {
      const { cursor } = await request<PollAnswer>(`/feeds/${topic}/short-poll`);
      return { seq: Number(cursor.split('-')[1]), cursor };
    },
    async roundTripMs(topic) {
      const times: number[] = [];
      const start = performance.now();
      while (times.length < ROUND_TRIPS.atMost && performance.now() - start < ROUND_TRIPS.forMs) {
        const sent = performance.now();
        await request(`/feeds/${topic}/short-poll`);
        times.push(performance.now() - sent);
      }
      return times.sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0;
    },
    close: () => env.close(),
  };
}
