import { once } from 'node:events';
import { connect } from 'node:net';

/** Opens silent connections to a server and keeps them until the returned function is called. */
export async function holdConnections(url: string, connections: number): Promise<() => void> {
  const { hostname, port } = new URL(url);
  const sockets = Array.from({ length: connections }, () => connect(Number(port), hostname));
  await Promise.all(sockets.map((socket) => once(socket, 'connect')));
  return () => {
    for (const socket of sockets) socket.destroy();
  };
}
