import { createServer } from 'node:http';
import { WebSocket, WebSocketServer } from 'ws';
import { listenOn, servePeer } from '../serve.ts';

/**
 * As ws-naive, with compression turned on for messages as short as these. A second argument `alone` compresses each
 * message by itself, with no memory of those before (RFC 7692 §7.1.1).
 */
const server = createServer();
const { clients } = new WebSocketServer({
  server,
  perMessageDeflate: { threshold: 0, serverNoContextTakeover: process.argv[3] === 'alone' },
});

servePeer({
  listen: () => listenOn(server),
  /** Compression takes place on other threads: resolves when all is sent, so that turns do not pile up. */
  publish: (messages) =>
    new Promise((resolve, reject) => {
      let missing = messages.length * clients.size;
      const sent = (error) => {
        if (error) reject(error);
        missing -= 1;
        if (missing === 0) resolve();
      };
      for (const message of messages) {
        for (const client of clients) {
          if (client.readyState === WebSocket.OPEN) client.send(JSON.stringify(message), sent);
        }
      }
    }),
});
