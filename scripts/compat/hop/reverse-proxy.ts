import { createServer, type IncomingMessage, STATUS_CODES } from 'node:http';
import type { RunningPath } from '../path.ts';
import { forward, headerLines, type RawHeaders, type Respond } from './forward.ts';
import { join } from './relay.ts';
import { listen, Sockets } from './sockets.ts';

/** No time limit of Node's own is to be taken for one of the hop's. */
export const NO_LIMITS = {
  requestTimeout: 0,
  headersTimeout: 0,
  keepAliveTimeout: 0,
  noDelay: true,
} as const;

/** An answer that the hop gives in the lab's stead. */
export interface OwnAnswer {
  readonly status: number;
  /** All of them, `Content-Length` included. */
  readonly headers: RawHeaders;
  readonly body: Buffer;
}

export interface ReverseProxyOptions {
  /** Whether a request for an upgrade is passed with all that follows, or is one like any other. */
  readonly upgrades: 'pass' | 'remove';
  /** Answers a request, or one for an upgrade, itself; undefined where the lab is to. */
  readonly intercept?: (request: IncomingMessage) => OwnAnswer | undefined;
  /** Hands the lab's answer on; as it comes, by default. */
  readonly respond?: Respond;
}

/** A reverse proxy that speaks HTTP/1.1 both ways and passes all at once, but for what the options say. */
export async function startReverseProxy(target: URL, options: ReverseProxyOptions): Promise<RunningPath> {
  const { upgrades, intercept, respond } = options;
  const sockets = new Sockets();
  const server = createServer(NO_LIMITS, (request, response) => {
    const own = intercept?.(request);
    if (!own) return forward(request, response, { target, sockets, respond });
    request.resume();
    response.writeHead(own.status, [...own.headers]);
    response.end(own.body);
  });
  // Without this listener Node takes such a request for one like any other.
  if (upgrades === 'pass') {
    server.on('upgrade', (request, _socket, head) => {
      const near = request.socket;
      const own = intercept?.(request);
      if (own) {
        near.once('finish', () => near.destroy());
        near.end(answerHead(own));
        return;
      }
      const far = sockets.connect(target);
      far.write(Buffer.concat([requestHead(request), head]));
      join(near, far);
    });
  }
  const listener = await listen(server, sockets);
  return {
    baseUrl: `http://127.0.0.1:${listener.port}`,
    [Symbol.asyncDispose]: () => listener[Symbol.asyncDispose](),
  };
}

/** A request's head as it came. */
function requestHead({ method, url, rawHeaders }: IncomingMessage): Buffer {
  return Buffer.from(`${method} ${url} HTTP/1.1\r\n${headerLines(rawHeaders)}\r\n`, 'latin1');
}

function answerHead({ status, headers, body }: OwnAnswer): Buffer {
  const lines = headerLines([...headers, 'Connection', 'close']);
  const head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines}\r\n`;
  return Buffer.concat([Buffer.from(head, 'latin1'), body]);
}
