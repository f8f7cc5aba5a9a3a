import type { Stats, Workload } from '../../server/wire.ts';
import { type JsonResponse, problemFrom } from '../clients/client.ts';
import type { WantedWorkload } from './settings.ts';

/** The server's API as the dashboard uses it. All of it rejects where the server does not answer. */
export interface Api {
  stats(): Promise<Stats>;
  workload(): Promise<Workload>;
  /** Rejects with a ProblemError where the server refuses; `unauthorized` where it wants a token. */
  setWorkload(wanted: WantedWorkload, token: string | undefined): Promise<Workload>;
}

/** A server that takes longer than this is taken for gone: ms. */
const TIMEOUT_MS = 4000;

export function createApi(baseUrl: string, client: string, signal: AbortSignal): Api {
  async function request(path: string, init: RequestInit = {}): Promise<JsonResponse> {
    const timeout = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
    const response = await fetch(new URL(path, baseUrl), { ...init, cache: 'no-store', signal: timeout });
    if (!response.ok) throw await problemFrom(response);
    return response;
  }

  // What the API answers is the wire's promise (server/wire.ts).
  return {
    stats: async () => (await (await request(`/api/stats?client=${client}`)).json()) as Stats,
    workload: async () => (await (await request('/api/workload')).json()) as Workload,
    async setWorkload(wanted, token) {
      const headers: Record<string, string> = { 'Content-Type': 'application/json' };
      if (token !== undefined) headers['Authorization'] = `Bearer ${token}`;
      const body = JSON.stringify(wanted);
      return (await (await request('/api/workload', { method: 'PUT', headers, body })).json()) as Workload;
    },
  };
}
