import { draftJson, type Receipt } from '../../server/wire.ts';
import { feedUrl, type OpenPublisher, problemFrom } from './client.ts';

/** Publishes by POST: the way up of every transport that has none of its own. */
export const openPublisher: OpenPublisher = async ({ baseUrl, topic, client, token }, env) => {
  const url = feedUrl(baseUrl, topic, 'messages', { client });
  const pending = new Set<AbortController>();
  let closed = false;
  const headers: Record<string, string> = { 'Content-Type': 'application/json' };
  if (token !== undefined) headers['Authorization'] = `Bearer ${token}`;
  return {
    async publish(draft) {
      if (closed) throw new Error('The publisher was closed.');
      // One for each message: listeners on a single signal would pile up.
      const abort = new AbortController();
      pending.add(abort);
      try {
        const body = JSON.stringify(draftJson(draft));
        const response = await env.fetch(url, { method: 'POST', headers, body, signal: abort.signal });
        if (!response.ok) throw await problemFrom(response);
        const receipt = await response.json();
        if (isReceipt(receipt)) return receipt;
        throw new Error('Something on the way has answered in the server’s place.');
      } finally {
        pending.delete(abort);
      }
    },
    close() {
      closed = true;
      for (const abort of pending) abort.abort();
    },
  };
};

/** Whether a server of this wire has said so: what is taken for an acknowledgement is not sent again. */
function isReceipt(body: unknown): body is Receipt {
  return typeof body === 'object' && body !== null && 'seq' in body && 'cursor' in body;
}
