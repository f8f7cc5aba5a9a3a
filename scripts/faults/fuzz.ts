import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { EARLIEST, feedPath, type Stats, TRANSPORT_NAMES } from '../../server/wire.ts';
import type { Addresses } from '../../web/clients/address.ts';
import { subscribe } from '../../web/clients/subscribe.ts';
import { createNodeEnv } from '../node-env.ts';
import { startInProcess } from '../testing/in-process.ts';
import { now } from '../testing/node-contract-host.ts';

/** One connection: where to, and what is sent in which pieces. */
interface Input {
  readonly to: 'http' | 'tcp';
  /** Whether it asks for a WebSocket first, and sends the rest over that. */
  readonly upgraded: boolean;
  readonly pieces: readonly Uint8Array[];
}

const TOPIC = 'bystander';

/** How many connections are open at once, and how long one that is not answered is left open: ms. */
const AT_ONCE = 64;
const PATIENCE_MS = 40;

const bytes = fc.uint8Array({ maxLength: 2000 });
const control = fc.constantFrom(
  '\0',
  '\r',
  '\n',
  '\r\n',
  '\t',
  '\x7f',
  '\u2028',
  '%',
  '%00',
  '%0d%0a',
  ';',
  '"',
);
/** What could stand there, with something in it that should not. */
const dirty = (clean: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 4, arbitrary: clean },
    { weight: 2, arbitrary: fc.tuple(clean, control, clean).map((parts) => parts.join('')) },
    { weight: 1, arbitrary: fc.string({ maxLength: 60 }) },
  );

const method = dirty(fc.constantFrom('GET', 'POST', 'PUT', 'OPTIONS', 'HEAD', 'CONNECT', 'TRACE', 'PRI'));
const path = dirty(
  fc.oneof(
    fc.constantFrom(...TRANSPORT_NAMES, 'messages' as const).map((name) => feedPath('fuzz', name)),
    fc.constantFrom(
      '/',
      '/api/stats',
      '/api/workload',
      '/api/probes',
      '/results/../x',
      '/metrics',
      '*',
      'http://x/',
    ),
  ),
);
const query = dirty(
  fc.constantFrom(
    '',
    '?after=earliest',
    '?after=a-1',
    '?after=-1',
    '?wait=0',
    '?limit=1',
    '?callback=f',
    '?EIO=4&transport=polling',
    '?EIO=4&transport=polling&sid=x',
    '?mode=publish',
    '?manners=naive',
    '?client=c',
    '?origin=null',
  ),
);
const header = fc
  .tuple(
    dirty(
      fc.constantFrom(
        'Host',
        'Content-Length',
        'Transfer-Encoding',
        'Connection',
        'Upgrade',
        'Expect',
        'Range',
        'Origin',
        'Last-Event-ID',
        'Sec-WebSocket-Key',
        'Sec-WebSocket-Version',
        'Sec-WebSocket-Extensions',
        'Sec-WebSocket-Protocol',
        'Content-Type',
        'Authorization',
      ),
    ),
    dirty(
      fc.constantFrom(
        'lab',
        '0',
        '5',
        '99999999999',
        'chunked',
        'close',
        'Upgrade',
        'websocket',
        '100-continue',
        '13',
        'dGhlIHNhbXBsZSBub25jZQ==',
        'permessage-deflate; server_max_window_bits=8',
        'feed.binary.v1',
        'application/json',
      ),
    ),
  )
  .map(([name, value]) => `${name}: ${value}\r\n`);
const json = dirty(
  fc.oneof(
    fc.json(),
    fc.constantFrom(
      '{"type":"t","data":1}',
      '{"publish":{"type":"t"},"id":1}',
      '[',
      '{"__proto__":1}',
      '1e999',
    ),
  ),
);
const request = fc
  .tuple(method, path, query, fc.array(header, { maxLength: 8 }), fc.oneof(json, fc.constant('')))
  .map(
    ([verb, at, asked, headers, body]) =>
      `${verb} ${at}${asked} HTTP/1.1\r\nHost: lab\r\n${headers.join('')}\r\n${body}`,
  )
  .map((text) => Buffer.from(text, 'latin1'));

/** A frame whose head says what it likes (RFC 6455 §5.2). */
const frame = fc
  .tuple(
    fc.nat(255),
    fc.nat(255),
    fc.uint8Array({ minLength: 4, maxLength: 4 }),
    fc.oneof(bytes, json.map(toBytes)),
  )
  .map(([first, second, mask, payload]) => {
    const honest = Math.min(payload.length, 125);
    const masked = payload.subarray(0, honest).map((byte, i) => byte ^ (mask[i % 4] ?? 0));
    return Buffer.concat([Buffer.of(first, second % 2 ? 0x80 | honest : second), mask, masked]);
  });

const line = fc
  .tuple(
    dirty(
      fc.constantFrom(feedPath('fuzz', 'tcp'), `${feedPath('fuzz', 'tcp')}?mode=publish`, 'GET / HTTP/1.1'),
    ),
    fc.array(json),
  )
  .map(([first, lines]) => toBytes(`${[first, ...lines].join('\n')}\n`));

const input: fc.Arbitrary<Input> = fc.oneof(
  fc.record({
    to: fc.constant('http' as const),
    upgraded: fc.constant(false),
    pieces: fc.array(bytes, { maxLength: 3 }),
  }),
  fc.record({
    to: fc.constant('http' as const),
    upgraded: fc.constant(false),
    pieces: fc.array(request, { minLength: 1, maxLength: 3 }),
  }),
  fc.record({
    to: fc.constant('http' as const),
    upgraded: fc.constant(true),
    pieces: fc.array(frame, { minLength: 1, maxLength: 5 }),
  }),
  fc.record({
    to: fc.constant('tcp' as const),
    upgraded: fc.constant(false),
    pieces: fc.array(fc.oneof(bytes, line), { minLength: 1, maxLength: 3 }),
  }),
);

const UPGRADE = toBytes(
  `GET ${feedPath('fuzz', 'websocket')} HTTP/1.1\r\nHost: lab\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
);

function toBytes(text: string): Uint8Array {
  return Buffer.from(text);
}

/**
 * Sends `count` inputs made from `seed`, many connections at once, each left when it was answered, closed, or has had its
 * time. `every` is called after each hundred.
 */
async function fuzz(
  addresses: Addresses,
  { count, seed }: { readonly count: number; readonly seed: number },
  every: (done: number) => Promise<void>,
): Promise<void> {
  const inputs = fc.sample(input, { numRuns: count, seed });
  for (let done = 0; done < inputs.length; done += 100) {
    const batch = inputs.slice(done, done + 100).values();
    // Each takes the next one of the same iterator.
    await Promise.all(
      Array.from({ length: AT_ONCE }, async () => {
        for (const one of batch) await sendInput(addresses, one);
      }),
    );
    await every(Math.min(done + 100, count));
  }
}

async function sendInput({ url, tcpUrl }: Addresses, { to, upgraded, pieces }: Input): Promise<void> {
  const { hostname, port } = new URL((to === 'tcp' ? tcpUrl : undefined) ?? url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined); // to be cut off is what many of them are after
  if (upgraded) {
    socket.write(UPGRADE);
    await Promise.race([once(socket, 'data'), once(socket, 'close')]).catch(() => undefined);
  }
  for (const piece of pieces) socket.write(piece);
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, PATIENCE_MS);
    const finish = (): void => {
      clearTimeout(timer);
      resolve();
    };
    socket.once('close', finish);
    socket.once('data', finish);
  });
  socket.destroy();
}

/** What came of it for those who behave. */
export interface FuzzOutcome {
  /** What was published meanwhile, and what was read of it over each of some transports. */
  readonly published: readonly number[];
  readonly read: Readonly<Record<string, readonly unknown[]>>;
  /** Failures within the server. */
  readonly failures: readonly unknown[];
  /** Connections that are left when all is over. */
  readonly connections: number;
}

const BYSTANDERS = ['sse', 'websocket', 'long-poll'] as const;
/** After this what has not come is taken for lost: ms. */
const READ_WITHIN_MS = 10_000;

/** Fuzzes a server of its own, to which somebody publishes a message after each hundred inputs, and others read them. */
export async function runFuzz(
  plan: { readonly count: number; readonly seed: number },
  onProgress: (done: number) => void = () => undefined,
): Promise<FuzzOutcome> {
  await using lab = await startInProcess(['--tcp-port', '0', '--max-publish-rate', '0']);
  const env = createNodeEnv({ now });
  const ending = new AbortController();
  const read: Record<string, unknown[]> = {};
  const published: number[] = [];
  const readings = BYSTANDERS.map(async (transport) => {
    const data: unknown[] = [];
    read[transport] = data;
    const { signal } = ending;
    for await (const event of subscribe(
      { transport, topic: TOPIC, baseUrl: lab.url, after: EARLIEST, signal },
      env,
    ))
      data.push(event.kind === 'message' ? event.message.data : event);
  });
  await fuzz(lab, plan, async (done) => {
    const body = JSON.stringify({ type: 'n', data: done });
    const response = await fetch(`${lab.url}${feedPath(TOPIC, 'messages')}`, { method: 'POST', body });
    if (response.status === 201) published.push(done);
    onProgress(done);
  });
  const deadline = performance.now() + READ_WITHIN_MS;
  const missing = (): boolean => Object.values(read).some((data) => data.length < published.length);
  while (missing() && performance.now() < deadline) await sleep(20);
  ending.abort();
  await Promise.all(readings);
  await env.close();
  let connections = Number.POSITIVE_INFINITY;
  while (connections > 1 && performance.now() < deadline) {
    const response = await fetch(`${lab.url}/api/stats`, { headers: { Connection: 'close' } });
    connections = ((await response.json()) as Stats).connections; // the wire's promise (server/wire.ts)
  }
  return { published, read, failures: lab.failures, connections };
}
