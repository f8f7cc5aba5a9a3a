import { createServer } from 'node:http';
import { WebSocket, WebSocketServer } from 'ws';
import { listenOn, servePeer } from '../serve.ts';

/** As ws-naive, but a message is made into a string once. */
const server = createServer();
const { clients } = new WebSocketServer({ server });

servePeer({
  listen: () => listenOn(server),
  publish(messages) {
    for (const message of messages) {
      const text = JSON.stringify(message);
      for (const client of clients) {
        if (client.readyState === WebSocket.OPEN) client.send(text);
      }
    }
  },
});
