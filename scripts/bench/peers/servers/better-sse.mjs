import { createServer } from 'node:http';
import { createChannel, createSession } from 'better-sse';
import { listenOn, servePeer } from '../serve.ts';

/** better-sse: a channel that all sessions are registered with. */
const channel = createChannel();
const server = createServer(async (request, response) => {
  channel.register(await createSession(request, response));
});

servePeer({
  listen: () => listenOn(server),
  publish(messages) {
    for (const message of messages) channel.broadcast(message);
  },
});
