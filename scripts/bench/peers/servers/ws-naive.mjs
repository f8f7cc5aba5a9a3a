import { createServer } from 'node:http';
import { WebSocket, WebSocketServer } from 'ws';
import { listenOn, servePeer } from '../serve.ts';

/** The loop of ws's own README: every client gets a string made for it. */
const server = createServer();
const { clients } = new WebSocketServer({ server });

servePeer({
  listen: () => listenOn(server),
  publish(messages) {
    for (const message of messages) {
      for (const client of clients) {
        if (client.readyState === WebSocket.OPEN) client.send(JSON.stringify(message));
      }
    }
  },
});
