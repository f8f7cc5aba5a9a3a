import { createServer } from 'node:http';
import type { RunningPath } from '../path.ts';
import { forward } from './forward.ts';
import { join } from './relay.ts';
import { NO_LIMITS } from './reverse-proxy.ts';
import { listen, Sockets } from './sockets.ts';

/**
 * A forward proxy: requests for `http://` in absolute form (RFC 9112 §3.2.2) are passed and their answers
 * streamed, tunnels (CONNECT, RFC 9110 §9.3.6) lead to `tunnelPort` and nowhere else. Goes to this machine only.
 */
export async function startForwardProxy(
  tunnelPort: number,
): Promise<Pick<RunningPath, typeof Symbol.asyncDispose> & { readonly proxy: string }> {
  const sockets = new Sockets();
  const server = createServer(NO_LIMITS, (request, response) => {
    const url = URL.canParse(request.url ?? '') ? new URL(request.url ?? '') : undefined;
    if (url?.protocol !== 'http:' || !isLocal(url)) {
      request.resume();
      response.writeHead(url ? 403 : 400, { 'Content-Type': 'text/plain' });
      response.end('This proxy takes http:// URLs of 127.0.0.1 in absolute form.\n');
      return;
    }
    forward(request, response, { target: url, sockets, path: url.pathname + url.search });
  });
  server.on('connect', (request, _socket, head) => {
    const near = request.socket;
    const authority = `http://${request.url}`;
    const to = URL.canParse(authority) ? new URL(authority) : undefined;
    if (!to || !isLocal(to) || Number(to.port || 80) !== tunnelPort) {
      near.once('finish', () => near.destroy());
      near.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
      return;
    }
    const far = sockets.connect(to);
    far.once('connect', () => {
      near.write('HTTP/1.1 200 Connection established\r\n\r\n');
      far.write(head);
      join(near, far);
    });
    far.once('close', () => near.destroy()); // nobody there, as much as a line that was lost
  });
  const listener = await listen(server, sockets);
  return {
    proxy: `http://127.0.0.1:${listener.port}`,
    [Symbol.asyncDispose]: () => listener[Symbol.asyncDispose](),
  };
}

/** A hop for tests is no way out into the world. */
function isLocal({ hostname }: URL): boolean {
  return hostname === '127.0.0.1' || hostname === 'localhost';
}
