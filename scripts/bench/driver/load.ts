import type autocannon from 'autocannon';
import { encodeIntoCompressedBase64 } from 'hdr-histogram-js';
import type { Stats, TransportName } from '../../../server/wire.ts';
import { newHistogram } from '../../../web/histogram.ts';
import { delay } from './audience.ts';
import type { Control } from './control.ts';
import { type HostUse, hostUse, readHost } from './host.ts';
import { type QuantilesMs, quantilesOf } from './quantiles.ts';

/** The label of the generated requests in the server's statistics. */
const LOAD = 'load';

export interface LoadOptions {
  readonly baseUrl: string;
  readonly topic: string;
  readonly transport: TransportName;
  readonly kind: LoadKind;
  readonly connections: number;
  readonly payloadBytes: number;
  /** Under load but not yet measured: ms. */
  readonly warmUpMs: number;
  readonly windowMs: number;
}

/**
 * `poll`: polls that each bring the newest message. `poll-empty`: that bring nothing. `hold`: held polls, each
 * from the cursor of the newest answer. `first-event`: streams that end with their first message. `publish`:
 * POST, whatever the transport.
 */
export type LoadKind = 'poll' | 'poll-empty' | 'hold' | 'first-event' | 'publish';

/** What the server did in the window, and how long each answer took. */
export interface LoadRecord {
  readonly before: Stats;
  readonly after: Stats;
  readonly host: HostUse;
  /** Answers within the window. */
  readonly answers: number;
  readonly quantilesMs: QuantilesMs;
  readonly histogram: string;
  readonly violations: readonly string[];
}

/**
 * Keeps `connections` busy with one request each, as fast as the answers come (a closed loop: it tells the
 * server's capacity, not what users wait for). autocannon sends; times are taken from its `response` event,
 * which has fractions of milliseconds where its own histogram has none.
 */
export async function runLoad(options: LoadOptions, control: Control): Promise<LoadRecord> {
  // Loaded where it is needed: other drivers start sooner without it.
  const { default: cannon } = await import('autocannon');
  const histogram = newHistogram();
  let measuring = false;
  const failures = new Map<string, number>();
  const fail = (what: string): void => {
    failures.set(what, (failures.get(what) ?? 0) + 1);
  };
  const { cursor } = await control.newest(options.topic);
  let finished: () => void = () => undefined;
  const end = new Promise<void>((resolve) => {
    finished = resolve;
  });
  const instance = cannon(
    {
      url: options.baseUrl,
      connections: options.connections,
      duration: 3600, // stopped by hand: this is only an upper bound
      timeout: 120, // longer than any hold
      sampleInt: 50,
      excludeErrorStats: true,
      requests: [REQUESTS[options.kind](options, cursor)],
    },
    () => finished(),
  );
  instance.on('response', (_client, statusCode, _bytes, responseTimeMs) => {
    if (statusCode >= 300) fail(`answers with status ${statusCode}`);
    else if (measuring) histogram.recordValue(Math.round(responseTimeMs * 1000));
  });
  instance.on('reqError', (error: Error) => fail(error.message));

  await delay(options.warmUpMs);
  const before = await control.stats(LOAD);
  const hostBefore = readHost();
  measuring = true;
  await delay(options.windowMs);
  const after = await control.stats(LOAD);
  measuring = false;
  const host = hostUse(hostBefore, readHost());
  instance.stop?.();
  await end;

  return {
    before,
    after,
    host,
    answers: histogram.totalCount,
    quantilesMs: quantilesOf(histogram),
    histogram: encodeIntoCompressedBase64(histogram),
    violations: [...failures].map(([what, count]) => `${count} ${what}`),
  };
}

type MakeRequest = (options: LoadOptions, cursor: string) => autocannon.Request;

/** The cursor before the newest message: a poll from here brings exactly that one. */
function oneBefore(cursor: string): string {
  const [epoch, seq] = cursor.split('-');
  return `${epoch}-${Math.max(0, Number(seq) - 1)}`;
}

const REQUESTS: Record<LoadKind, MakeRequest> = {
  poll: ({ topic, transport }, cursor) => ({
    method: 'GET',
    path: `/feeds/${topic}/${transport}?client=${LOAD}&after=${oneBefore(cursor)}`,
  }),
  'poll-empty': ({ topic, transport }, cursor) => ({
    method: 'GET',
    path: `/feeds/${topic}/${transport}?client=${LOAD}&after=${cursor}`,
  }),
  'first-event': ({ topic, transport }, cursor) => ({
    method: 'GET',
    path: `/feeds/${topic}/${transport}?client=${LOAD}&limit=1&after=${oneBefore(cursor)}`,
  }),
  hold: ({ topic, transport }, cursor) => {
    let newest = cursor;
    return {
      method: 'GET',
      setupRequest: (request) => ({
        ...request,
        path: `/feeds/${topic}/${transport}?client=${LOAD}&wait=60&after=${newest}`,
      }),
      onResponse(status, body) {
        if (status === 200) newest = /"cursor":"([^"]+)"/.exec(body)?.[1] ?? newest;
      },
    };
  },
  publish: ({ topic, payloadBytes }) => ({
    method: 'POST',
    path: `/feeds/${topic}/messages?client=${LOAD}`,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ type: 'tick', data: 'x'.repeat(payloadBytes) }),
  }),
};
