import { isTechnique, TRANSPORT_NAMES, TRANSPORTS, type TransportName } from '../../server/wire.ts';

/** Those that go through what has HTTP in hand; a port of one's own is another way. */
export const HTTP_LANES: readonly TransportName[] = TRANSPORT_NAMES.filter(
  (name) => !TRANSPORTS[name].ownPort,
);

/** Whether it begins with an upgrade: a WebSocket, and so a connection that is none of HTTP's any more. */
export function isUpgraded(transport: TransportName): boolean {
  return TRANSPORTS[transport].carrier === 'socket';
}

/** Whether it is a series of requests that stand each for itself. A library's are one session, lost as a whole. */
export function isPoll(transport: TransportName): boolean {
  return TRANSPORTS[transport].carrier === 'requests' && !isLibrary(transport);
}

/** Whether documents load it by themselves, as scripts and frames, which no policy about requests is about. */
export function isLoaded(transport: TransportName): boolean {
  return !TRANSPORTS[transport].hosts.includes('node');
}

export function isLibrary(transport: TransportName): boolean {
  return TRANSPORTS[transport].family === 'library';
}

/** Those beside the four techniques that some of these rows are about, in the registry's order. */
export function furtherLanes(
  rows: readonly { readonly transport: TransportName }[],
): readonly TransportName[] {
  const there = new Set(rows.map(({ transport }) => transport));
  return TRANSPORT_NAMES.filter((name) => there.has(name) && !isTechnique(name));
}
