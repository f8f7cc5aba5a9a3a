import { createServer, type Socket } from 'node:net';
import { formatSseEvent } from '../../../../server/transports/sse-event.ts';
import { textFrame } from '../../../../server/transports/websocket-frame.ts';
import type { PeerMessage } from '../message.ts';
import { listenOn, servedTransport, servePeer } from '../serve.ts';

/**
 * The limit for Node: the lab's own bytes, made once, written to bare sockets. A second argument `batched` joins a
 * turn's messages into one write.
 */
const sockets = new Set<Socket>();
const server = createServer({ noDelay: true }, (socket) => {
  sockets.add(socket);
  socket.on('error', () => undefined); // a close follows
  socket.on('close', () => sockets.delete(socket));
  socket.write('ready\r\n\r\n');
});

const bytesOf =
  servedTransport() === 'sse'
    ? (message: PeerMessage) =>
        Buffer.from(formatSseEvent({ id: `mf0000000-${message.seq}`, data: JSON.stringify(message) }))
    : (message: PeerMessage) => textFrame(Buffer.from(JSON.stringify(message)));

function writeToAll(bytes: Buffer): void {
  for (const socket of sockets) socket.write(bytes);
}

servePeer({
  listen: () => listenOn(server),
  publish:
    process.argv[3] === 'batched'
      ? (messages) => writeToAll(Buffer.concat(messages.map(bytesOf)))
      : (messages) => {
          for (const message of messages) writeToAll(bytesOf(message));
        },
});
