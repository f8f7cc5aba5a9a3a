import type { Receipt } from '../../server/wire.ts';
import { feedUrl, type OpenPublisher, problemFrom } from './client.ts';

/** Publishes by POST: the way up of every transport that has none of its own. */
export const openPublisher: OpenPublisher = async ({ baseUrl, topic, client, token }, env) => {
  const url = feedUrl(baseUrl, topic, 'messages', { client });
  const closing = new AbortController();
  const headers: Record<string, string> = { 'Content-Type': 'application/json' };
  if (token !== undefined) headers['Authorization'] = `Bearer ${token}`;
  return {
    async publish(draft) {
      const body = JSON.stringify(draft);
      const response = await env.fetch(url, { method: 'POST', headers, body, signal: closing.signal });
      if (!response.ok) throw await problemFrom(response);
      return (await response.json()) as Receipt; // the wire's promise (server/wire.ts)
    },
    close: () => closing.abort(),
  };
};
