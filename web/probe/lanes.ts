import { isTechnique, TRANSPORT_NAMES, TRANSPORTS, type TransportName } from '../../server/wire.ts';

/** The technique whose way a lane takes: its own, or that of the transport it is measured against. */
export function wayOf(transport: TransportName): TransportName {
  return TRANSPORTS[transport].against ?? transport;
}

/** Whether it goes over a WebSocket: an upgrade, and a connection that is none of HTTP's. */
export function isUpgraded(transport: TransportName): boolean {
  return wayOf(transport) === 'websocket';
}

/**
 * Whether it is a series of requests of the lab's own client, each of them on record. A library makes its requests by
 * itself, so that its session is all that is seen of it.
 */
export function isPoll(transport: TransportName): boolean {
  return TRANSPORTS[transport].paced !== 'push' && !isUnheard(transport);
}

/** Whether its client brings its own fetch and WebSocket, so that what passes over them is heard by nobody else. */
export function isUnheard(transport: TransportName): boolean {
  return TRANSPORTS[transport].family === 'library';
}

/** Those that an intermediary of HTTP may have in hand; a port of one's own has none. */
export const HTTP_LANES: readonly TransportName[] = TRANSPORT_NAMES.filter(
  (name) => !TRANSPORTS[name].ownPort,
);

/** Those beside the four techniques that some of these rows are about, in the registry's order. */
export function furtherLanes(
  rows: readonly { readonly transport: TransportName }[],
): readonly TransportName[] {
  const there = new Set(rows.map(({ transport }) => transport));
  return TRANSPORT_NAMES.filter((name) => there.has(name) && !isTechnique(name));
}
