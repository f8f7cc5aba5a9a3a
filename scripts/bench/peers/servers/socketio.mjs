import { createServer } from 'node:http';
import { Server } from 'socket.io';
import { listenOn, servePeer } from '../serve.ts';

/** Socket.IO as it comes. It is the client that goes to its WebSocket transport at once. */
const server = createServer();
const io = new Server(server);

servePeer({
  listen: () => listenOn(server),
  publish(messages) {
    for (const message of messages) io.emit('message', message);
  },
});
