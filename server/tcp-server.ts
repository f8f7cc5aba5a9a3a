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
  if (!credentials) {
    return createServer(options, (socket) => {
      connections.add(socket);
      opened(socket);
    });
  }
  const server = createTlsServer({
    ...options,
    ...credentials,
    handshakeTimeout: config.handshakeTimeoutMs,
  });
  server.on('connection', (socket: Socket) => connections.addShaking(socket));
  server.on('secureConnection', (socket) => {
    connections.secured(socket);
    opened(socket);
  });
  return server;
}
