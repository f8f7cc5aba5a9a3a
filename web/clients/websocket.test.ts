import { describe, expect, test } from 'vitest';
import { createNodeEnv } from '../../scripts/node-env.ts';
import { startInProcess } from '../../scripts/testing/in-process.ts';
import { BINARY_PROTOCOL, EARLIEST } from '../../server/wire.ts';
import type { Env } from './client.ts';
import { subscribe } from './subscribe.ts';
import { openPublisher } from './websocket.ts';

const BYTES = new Uint8Array([0, 1, 127, 128, 255]);

interface Seen {
  readonly protocols: readonly string[];
  readonly binaryIn: number;
  readonly binaryOut: number;
}

/** Publishes bytes and JSON, reads them back, and tells what went over the sockets to do so. */
async function converse(options: { readonly binary?: boolean }): Promise<{ data: unknown[]; seen: Seen }> {
  await using lab = await startInProcess();
  const host = createNodeEnv({ now: () => performance.timeOrigin + performance.now() });
  const seen = { protocols: [] as string[], binaryIn: 0, binaryOut: 0 };
  const env: Env = {
    ...host,
    openSocket(url, handlers, protocols = []) {
      seen.protocols.push(...protocols);
      const bytes = (data: Uint8Array): void => {
        seen.binaryIn += 1;
        handlers.bytes?.(data);
      };
      const socket = host.openSocket(url, { ...handlers, bytes }, protocols);
      return {
        ...socket,
        send(data) {
          if (typeof data !== 'string') seen.binaryOut += 1;
          socket.send(data);
        },
      };
    },
  };
  const feed = { baseUrl: lab.url, topic: 'lab', ...options };
  const publisher = await openPublisher(feed, env);
  await publisher.publish({ type: 't', data: BYTES, key: 'k' });
  expect(await publisher.publish({ type: 't', data: BYTES, key: 'k' })).toMatchObject({ repeated: true });
  await publisher.publish({ type: 't', data: 'text' });
  publisher.close();
  const data: unknown[] = [];
  for await (const event of subscribe({ ...feed, transport: 'websocket', after: EARLIEST }, env)) {
    if (event.kind === 'message') data.push(event.message.data);
    if (data.length === 2) break;
  }
  await host.close();
  expect(lab.failures).toEqual([]);
  return { data, seen };
}

describe('bytes over WebSocket', () => {
  test('go and come as such, in frames of the subprotocol', async () => {
    const { data, seen } = await converse({});
    expect(data).toEqual([BYTES, 'text']);
    expect(seen).toEqual({ protocols: [BINARY_PROTOCOL, BINARY_PROTOCOL], binaryIn: 1, binaryOut: 2 });
  });

  test('go and come as base64 where that is asked for', async () => {
    const { data, seen } = await converse({ binary: false });
    expect(data).toEqual([BYTES, 'text']);
    expect(seen).toEqual({ protocols: [], binaryIn: 0, binaryOut: 0 });
  });
});
