import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import type { Stats } from '../../../server/wire.ts';
import { newHistogram } from '../../../web/histogram.ts';
import { delay } from './audience.ts';
import type { Control } from './control.ts';
import { type HostUse, hostUse, readHost } from './host.ts';
import { type QuantilesMs, quantilesOf } from './quantiles.ts';

/** How a connection begins: at once, with a whole handshake, or with what is left of an earlier one. */
export type Handshake = 'none' | 'full' | 'resumed';

/** The label of these connections' traffic in the server's statistics. */
const CONNECTS = 'connects';

/** Between two connections, so that the load is never what is waited for: ms. */
const PAUSE_MS = 3;

export interface ConnectOptions {
  readonly baseUrl: string;
  readonly topic: string;
  readonly handshake: Handshake;
  /** That come and go before those that count. */
  readonly warmUp: number;
  readonly connections: number;
}

export interface ConnectRecord {
  readonly before: Stats;
  readonly after: Stats;
  readonly host: HostUse;
  /** From the first packet to the first byte of the answer to a first request. */
  readonly quantilesMs: QuantilesMs;
  /** Of all connections, in both directions, beneath TLS. */
  readonly bytes: number;
  readonly violations: readonly string[];
}

/** Connects again and again, asks for as little as there is, and leaves. */
export async function runConnects(options: ConnectOptions, control: Control): Promise<ConnectRecord> {
  const failures = new Set<string>();
  const histogram = newHistogram();
  let bytes = 0;
  let session: Buffer | undefined;

  const connectOnce = async (handshake: Handshake, counts: boolean): Promise<void> => {
    const { hostname, port, host } = new URL(options.baseUrl);
    const begun = performance.now();
    const line = connect({ host: hostname, port: Number(port), noDelay: true });
    const socket = handshake === 'none' ? line : secure(line, handshake === 'full' ? undefined : session);
    socket.on('session', (ticket: Buffer) => {
      session = ticket;
    });
    socket.write(
      `GET /feeds/${options.topic}/short-poll?client=${CONNECTS} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`,
    );
    const [answer] = await once(socket, 'data');
    const tookMs = performance.now() - begun;
    if (!String(answer).startsWith('HTTP/1.1 200'))
      failures.add(`the answer was ${String(answer).slice(0, 40)}`);
    if (handshake !== 'none' && isReused(socket) !== (handshake === 'resumed'))
      failures.add(`a handshake was not ${handshake}`);
    await once(socket.resume(), 'close');
    if (!counts) return;
    histogram.recordValue(Math.round(tookMs * 1000));
    bytes += line.bytesRead + line.bytesWritten;
  };

  if (options.handshake === 'resumed') await connectOnce('full', false);
  for (let i = 0; i < options.warmUp; i++) await connectOnce(options.handshake, false);
  const before = await control.stats(CONNECTS);
  const hostBefore = readHost();
  for (let i = 0; i < options.connections; i++) {
    await connectOnce(options.handshake, true);
    await delay(PAUSE_MS);
  }
  const host = hostUse(hostBefore, readHost());
  const after = await control.stats(CONNECTS);
  return { before, after, host, quantilesMs: quantilesOf(histogram), bytes, violations: [...failures] };
}

function secure(line: Socket, session: Buffer | undefined): TLSSocket {
  return connectTls({ socket: line, rejectUnauthorized: false, ...(session && { session }) });
}

function isReused(socket: Socket): boolean {
  return 'isSessionReused' in socket && (socket as TLSSocket).isSessionReused(); // only a TLSSocket has it
}
