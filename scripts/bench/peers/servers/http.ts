import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { listenOn, servePeer } from '../serve.ts';

/** The control: what Node's own HTTP server costs, with next to nothing on top. Bodies are made once for all. */
const waiting = new Set<ServerResponse>();
let newest = 0;
let body = Buffer.from('{"messages":[]}');
let served = 0;

function answer(response: ServerResponse): void {
  response.writeHead(200, {
    'Content-Type': 'application/json',
    'Content-Length': body.length,
    'Cache-Control': 'no-store',
  });
  response.end(body);
}

const server = createServer(({ url = '' }: IncomingMessage, response) => {
  const after = Number(url.slice(url.indexOf('after=') + 6));
  if (after < newest) return answer(response);
  if (url.startsWith('/long-poll')) {
    waiting.add(response);
    response.on('close', () => waiting.delete(response));
    return;
  }
  served += 1;
  response.writeHead(204, { 'Cache-Control': 'no-store' });
  response.end();
});

servePeer({
  listen: () => listenOn(server),
  publish(messages) {
    for (const message of messages) {
      newest = message.seq;
      body = Buffer.from(`{"messages":[${JSON.stringify(message)}]}`);
      const woken = [...waiting];
      waiting.clear();
      for (const response of woken) answer(response);
    }
  },
  held: () => waiting.size,
  served: () => served,
});
