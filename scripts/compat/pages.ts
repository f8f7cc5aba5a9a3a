import { isTechnique, type TransportName, transportsOf } from '../../server/wire.ts';
import { CONNECTIONS, holdsConnection } from '../../web/live/connections.ts';
import { HTTP_LANES } from '../../web/probe/lanes.ts';

/** Every lane that a page can have. */
export const BROWSER_LANES: readonly TransportName[] = transportsOf('browser').filter((name) =>
  HTTP_LANES.includes(name),
);

/**
 * Which lanes subscribe together: the techniques on one page, the others on as many more as it takes for none to hold
 * all the connections that a browser has for a host. Pages of different browser contexts share none.
 */
export function pagesOf(lanes: readonly TransportName[]): readonly (readonly TransportName[])[] {
  const techniques = lanes.filter((name) => isTechnique(name));
  const further = lanes.filter((name) => !isTechnique(name));
  return [techniques, ...divide(further)].filter((page) => page.length > 0);
}

/** In their order, a page ending before the lane that would take the last connection. */
function divide(lanes: readonly TransportName[]): readonly (readonly TransportName[])[] {
  if (lanes.length === 0) return [];
  const last = lanes.findIndex(
    (_, at) => lanes.slice(0, at + 1).filter(holdsConnection).length >= CONNECTIONS,
  );
  const end = last < 0 ? lanes.length : last;
  return [lanes.slice(0, end), ...divide(lanes.slice(end))];
}
