import { TRANSPORTS, type TransportName } from '../../server/wire.ts';

/** Where a server is, as it prints it. */
export interface Addresses {
  /** `http://127.0.0.1:3000` */
  readonly url: string;
  /** Of what is spoken on a port of its own: `tcp://127.0.0.1:4000`; undefined where the server has not opened one. */
  readonly tcpUrl: string | undefined;
}

/** The `baseUrl` of a transport. Throws where the server has no port for it. */
export function addressOf(transport: TransportName, { url, tcpUrl }: Addresses): string {
  if (!TRANSPORTS[transport].ownPort) return url;
  if (tcpUrl !== undefined) return tcpUrl;
  throw new Error(
    `${TRANSPORTS[transport].title} has a port of its own: start the server with --tcp-port 0.`,
  );
}
