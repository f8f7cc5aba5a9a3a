import { createServer } from 'node:http';
import sockjs from 'sockjs';
import { listenOn, servePeer } from '../serve.ts';

/** sockjs-node, which has no broadcast of its own. */
const server = createServer();
const connections = new Set();
const feed = sockjs.createServer({ prefix: '/feed', log: () => undefined });
feed.on('connection', (connection) => {
  connections.add(connection);
  connection.on('close', () => connections.delete(connection));
});
feed.installHandlers(server);

servePeer({
  listen: () => listenOn(server),
  publish(messages) {
    for (const message of messages) {
      const text = JSON.stringify(message);
      for (const connection of connections) connection.write(text);
    }
  },
});
