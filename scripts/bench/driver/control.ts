import { Agent, fetch } from 'undici';
import type { ClockReading, PollAnswer, Stats, Workload } from '../../../server/wire.ts';

/** The driver's own line to the server: its requests carry no label and are in no lane's account. */
export interface Control {
  /** The server's clock, ms: exact, since both processes read the machine's monotonic clock. */
  now(): number;
  stats(client: string): Promise<Stats>;
  setWorkload(change: Partial<Workload>): Promise<void>;
  /** The newest message's number and the cursor behind it. */
  newest(topic: string): Promise<{ readonly seq: number; readonly cursor: string }>;
  /** Median time of a request that is answered at once, ms. */
  roundTripMs(topic: string): Promise<number>;
  close(): Promise<void>;
}

const ROUND_TRIPS = 11;

export async function openControl(baseUrl: string): Promise<Control> {
  const dispatcher = new Agent({ keepAliveTimeout: 60_000 });
  async function request<T>(path: string, init: { method?: string; body?: string } = {}): Promise<T> {
    const headers = { 'Content-Type': 'application/json' };
    const response = await fetch(new URL(path, baseUrl), { ...init, headers, dispatcher });
    const text = await response.text();
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${text.slice(0, 200)}`);
    return JSON.parse(text) as T; // the wire's promise (server/wire.ts)
  }
  const { at, monotonicMs } = await request<ClockReading>('/api/clock');
  const offsetMs = at - monotonicMs;
  return {
    now: () => offsetMs + Number(process.hrtime.bigint()) / 1e6,
    stats: (client) => request(`/api/stats?client=${client}`),
    setWorkload: (change) => request('/api/workload', { method: 'PUT', body: JSON.stringify(change) }),
    async newest(topic) {
      const { cursor } = await request<PollAnswer>(`/feeds/${topic}/short-poll`);
      return { seq: Number(cursor.split('-')[1]), cursor };
    },
    async roundTripMs(topic) {
      const times: number[] = [];
      for (let i = 0; i < ROUND_TRIPS; i++) {
        const sent = performance.now();
        await request(`/feeds/${topic}/short-poll`);
        times.push(performance.now() - sent);
      }
      return times.sort((a, b) => a - b)[Math.floor(ROUND_TRIPS / 2)] ?? 0;
    },
    close: () => dispatcher.destroy(),
  };
}
