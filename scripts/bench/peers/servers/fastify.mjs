import createFastify from 'fastify';
import { servePeer } from '../serve.ts';

/** Polling on fastify: handlers that return what is to be sent. */
const HELD_MESSAGES = 100;
const log = [];
const waiting = new Set();
let served = 0;

const newerThan = (after) => log.filter((message) => message.seq > after);

const app = createFastify();

app.get('/short-poll', async (request) => {
  served += 1;
  return { messages: newerThan(Number(request.query.after)) };
});

app.get('/long-poll', async (request) => {
  const messages = newerThan(Number(request.query.after));
  if (messages.length > 0) return { messages };
  const message = await new Promise((resolve) => {
    const wake = (news) => {
      clearTimeout(timer);
      waiting.delete(wake);
      resolve(news);
    };
    const timer = setTimeout(wake, 60_000);
    waiting.add(wake);
    request.raw.once('close', wake);
  });
  return { messages: message ? [message] : [] };
});

servePeer({
  async listen() {
    await app.listen({ host: '127.0.0.1', port: 0, backlog: 4096 });
    return app.server.address().port;
  },
  publish(messages) {
    for (const message of messages) {
      log.push(message);
      if (log.length > HELD_MESSAGES) log.shift();
      for (const wake of [...waiting]) wake(message);
    }
  },
  held: () => waiting.size,
  served: () => served,
});
