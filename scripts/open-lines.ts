import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { ProblemError, type Socket, type SocketHandlers } from '../web/clients/client.ts';
import { LineSplitter } from '../web/clients/lines.ts';

/** What TCP has instead of the code with which WebSocket tells that no closing handshake was made. */
const NO_CODE = 1006;

/**
 * A connection of lines to `tcp://host:port`, or `tls://host:port`; the rest of the URL is its first line. Throws a
 * ProblemError for an address of another kind.
 */
export function openLines(url: string, handlers: SocketHandlers, insecure: boolean): Socket {
  const { protocol, hostname, port, pathname, search } = new URL(url);
  if (protocol !== 'tcp:' && protocol !== 'tls:') {
    throw new ProblemError(
      'bad-value',
      `${url} is no address of raw TCP: that is tcp://HOST:PORT, as a server with --tcp-port prints it.`,
    );
  }
  const target = { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) };
  const socket =
    protocol === 'tcp:'
      ? connect({ ...target, noDelay: true })
      : connectTls({ ...target, rejectUnauthorized: !insecure });
  const lines = new LineSplitter();
  const decoder = new TextDecoder();
  socket.write(`${pathname}${search}\n`);
  socket.on(protocol === 'tcp:' ? 'connect' : 'secureConnect', () => handlers.opened?.());
  socket.on('data', (bytes: Buffer) => {
    for (const line of lines.split(decoder.decode(bytes, { stream: true }))) handlers.text(line);
  });
  socket.on('error', () => undefined); // a close follows
  socket.on('close', () => handlers.closed(NO_CODE));
  return {
    send: (line) => {
      // In one segment: without Nagle's algorithm each write is one.
      socket.cork();
      socket.write(line);
      socket.write('\n');
      socket.uncork();
    },
    close: () => socket.destroy(),
  };
}
