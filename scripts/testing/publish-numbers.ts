import type { Receipt } from '../../server/wire.ts';
import { openPublisher } from '../../web/clients/websocket.ts';
import { createNodeEnv } from '../node-env.ts';

/** Publishes the numbers from `first` to `last`, all in flight at once; resolves with the receipts. */
export async function publishNumbers(
  baseUrl: string,
  topic: string,
  first: number,
  last: number,
): Promise<Receipt[]> {
  const env = createNodeEnv({ now: Date.now, insecure: true });
  const publisher = await openPublisher({ baseUrl, topic }, env).catch(async (error: unknown) => {
    await env.close();
    throw error;
  });
  try {
    const numbers = Array.from({ length: last - first + 1 }, (_, i) => first + i);
    return await Promise.all(numbers.map((data) => publisher.publish({ type: 'case', data })));
  } finally {
    publisher.close();
    await env.close();
  }
}
