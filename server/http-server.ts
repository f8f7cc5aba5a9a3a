import { createServer, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Socket, Server as TcpServer } from 'node:net';
import type { Credentials } from './certificate.ts';
import type { Config } from './config.ts';
import type { Connections } from './connections.ts';

export const TCP_KEEP_ALIVE_DELAY_MS = 60_000;

/**
 * The server that everything comes in by: HTTP/1.1, over TLS where there are credentials. `opened` is told of each
 * socket that can carry requests.
 */
export function createHttpServer(
  config: Config,
  credentials: Credentials | undefined,
  connections: Connections,
  opened: (socket: Socket) => void,
): Server {
  const options = {
    keepAliveTimeout: config.keepAliveMs,
    headersTimeout: config.headersTimeoutMs,
    requestTimeout: config.requestTimeoutMs,
    connectionsCheckingInterval: Math.min(30_000, config.headersTimeoutMs),
    maxHeaderSize: config.maxHeaderBytes,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: TCP_KEEP_ALIVE_DELAY_MS,
  };
  const server = credentials
    ? createTlsServer({
        ...options,
        ...credentials,
        // Streams write to their sockets, which HTTP/2 does not let them do.
        ALPNProtocols: ['http/1.1'],
        handshakeTimeout: config.handshakeTimeoutMs,
      })
    : createServer(options);
  connections.from(server, credentials !== undefined, opened);
  return server;
}

/** Rejects where the port cannot be had. */
export function listen(server: TcpServer, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, backlog: 4096 }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
