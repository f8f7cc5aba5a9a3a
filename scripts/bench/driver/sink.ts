import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Stats, TransportName } from '../../../server/wire.ts';
import { delay } from './audience.ts';
import type { Control } from './control.ts';
import { type HostUse, hostUse, readHost } from './host.ts';

/** The label of the sinks' traffic in the server's statistics. */
const SINK = 'sink';

export interface SinkOptions {
  readonly baseUrl: string;
  readonly topic: string;
  readonly transport: TransportName;
  readonly sockets: number;
  readonly warmUpMs: number;
  readonly windowMs: number;
}

export interface SinkRecord {
  readonly before: Stats;
  readonly after: Stats;
  readonly host: HostUse;
  /** Messages that reached the sockets within the window. */
  readonly deliveries: number;
  /** Messages that left the server together in one write, on the mean. */
  readonly messagesPerWrite: number;
  readonly violations: readonly string[];
}

/** Every envelope begins so; nothing else that a server sends contains it, payloads being base64url text. */
const ENVELOPE_START = Buffer.from('{"seq":');

/**
 * Sockets that read a stream and throw it away, as cheaply as Node can, so that the server and not the load is
 * the limit: the handshake is made by hand, nothing is parsed. One socket counts messages; the others count
 * bytes, which must come to the same.
 */
export async function runSink(options: SinkOptions, control: Control): Promise<SinkRecord> {
  const counter = { messages: 0, bytes: 0, chunks: 0 };
  let bytes = 0;
  const failures: string[] = [];
  const sockets: Socket[] = [];
  let closing = false;
  const upgrade = await wantsUpgrade(options);
  for (let i = 0; i < options.sockets; i++) {
    const socket = openSocket(options);
    sockets.push(socket);
    socket.on('error', (error) => failures.push(error.message));
    socket.on('close', () => {
      if (!closing) failures.push('a socket was closed');
    });
    socket.write(handshake(options, upgrade));
    await once(socket, 'data');
    if (i === 0) {
      socket.on('data', (chunk: Buffer) => {
        counter.messages += countEnvelopes(chunk);
        counter.bytes += chunk.length;
        counter.chunks += 1;
        bytes += chunk.length;
      });
    } else {
      socket.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
      });
    }
  }

  await delay(options.warmUpMs);
  const before = await control.stats(SINK);
  const hostBefore = readHost();
  const start = { ...counter, total: bytes };
  await delay(options.windowMs);
  const after = await control.stats(SINK);
  const own = {
    messages: counter.messages - start.messages,
    bytes: counter.bytes - start.bytes,
    chunks: counter.chunks - start.chunks,
  };
  const total = bytes - start.total;
  const host = hostUse(hostBefore, readHost());
  closing = true;
  for (const socket of sockets) socket.destroy();
  if (own.messages === 0) failures.push('nothing was delivered');
  return {
    before,
    after,
    host,
    deliveries: own.messages === 0 ? 0 : total / (own.bytes / own.messages),
    messagesPerWrite: own.chunks === 0 ? 0 : own.messages / own.chunks,
    violations: failures.length === 0 ? [] : [`${failures.length} sockets failed: ${failures[0]}`],
  };
}

/** An envelope that is split between two chunks is not seen: one in tens of thousands of bytes. */
function countEnvelopes(chunk: Buffer): number {
  let count = 0;
  for (let at = chunk.indexOf(ENVELOPE_START); at >= 0; at = chunk.indexOf(ENVELOPE_START, at + 1))
    count += 1;
  return count;
}

/** True where the server asks for an upgrade first (426, RFC 9110 §15.5.22). */
async function wantsUpgrade(options: SinkOptions): Promise<boolean> {
  const socket = openSocket(options);
  socket.write(handshake(options, false));
  const [head] = await once(socket, 'data');
  socket.destroy();
  return String(head).startsWith('HTTP/1.1 426');
}

function openSocket({ baseUrl }: SinkOptions): Socket {
  const { hostname, port } = new URL(baseUrl);
  return connect({ host: hostname, port: Number(port) });
}

/** A GET; with an upgrade, the one of WebSocket (RFC 6455 §4.1). */
function handshake({ baseUrl, topic, transport }: SinkOptions, upgrade: boolean): string {
  const key = randomBytes(16).toString('base64');
  const asking = `Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n`;
  const { host } = new URL(baseUrl);
  return `GET /feeds/${topic}/${transport}?client=${SINK} HTTP/1.1\r\nHost: ${host}\r\n${upgrade ? asking : ''}\r\n`;
}
