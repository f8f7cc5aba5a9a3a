import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { Credentials } from './certificate.ts';
import type { Config } from './config.ts';
import type { Connections } from './connections.ts';
import { TCP_KEEP_ALIVE_DELAY_MS } from './http-server.ts';

/** The server of what is no HTTP; over TLS where there are credentials. `opened` is told of each socket. */
export function createTcpServer(
  config: Config,
  credentials: Credentials | undefined,
  connections: Connections,
  opened: (socket: Socket) => void,
): Server {
  const options = {
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: TCP_KEEP_ALIVE_DELAY_MS,
  };
  const server = credentials
    ? createTlsServer({ ...options, ...credentials, handshakeTimeout: config.handshakeTimeoutMs })
    : createServer(options);
  connections.from(server, credentials !== undefined, opened);
  return server;
}
