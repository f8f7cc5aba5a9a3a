import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { PeerMessage } from '../message.ts';
import { listenOn, servePeer } from '../serve.ts';

/** The control: what Node's own HTTP server costs, with next to nothing on top. Bodies are made once for all. */
const HELD_MESSAGES = 100;
const log: PeerMessage[] = [];
const bodies = new Map<number, Buffer>();
const waiting = new Map<ServerResponse, number>();
let served = 0;

function answer(response: ServerResponse, after: number): void {
  const body = bodies.get(after) ?? Buffer.from(JSON.stringify({ messages: newerThan(after) }));
  bodies.set(after, body);
  response.writeHead(200, {
    'Content-Type': 'application/json',
    'Content-Length': body.length,
    'Cache-Control': 'no-store',
  });
  response.end(body);
}

const newerThan = (after: number) => log.filter(({ seq }) => seq > after);

const server = createServer(({ url = '' }: IncomingMessage, response) => {
  const after = Number(url.slice(url.indexOf('after=') + 6));
  if (after < (log.at(-1)?.seq ?? 0)) return answer(response, after);
  if (url.startsWith('/long-poll')) {
    waiting.set(response, after);
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
      log.push(message);
      if (log.length > HELD_MESSAGES) log.shift();
      bodies.clear();
      const woken = [...waiting];
      waiting.clear();
      for (const [response, after] of woken) answer(response, after);
    }
  },
  held: () => waiting.size,
  served: () => served,
});
