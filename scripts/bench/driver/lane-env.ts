import { TRANSPORTS, type TransportName } from '../../../server/wire.ts';
import { createNodeEnv, type NodeEnv, type NodeEnvOptions } from '../../node-env.ts';

/** The Env of one subscriber or publisher, with connections of its own as if it sat in a browser of its own. */
export function createLaneEnv(
  way: TransportName | 'post',
  options: Pick<NodeEnvOptions, 'now' | 'random'>,
): NodeEnv {
  // Nobody has signed a lab's certificate.
  return createNodeEnv({ ...options, connections: connectionsOf(way), insecure: true, page: needsPage(way) });
}

/** What only a page can run is read instead. */
function needsPage(way: TransportName | 'post'): boolean {
  return way !== 'post' && !TRANSPORTS[way].hosts.includes('node');
}

/** What is sent up by a request must not wait for one that is held: two are in use at once, of a browser's six. */
export function connectionsOf(way: TransportName | 'post'): number {
  if (way === 'post') return 1;
  const { carrier, up } = TRANSPORTS[way];
  return carrier === 'requests' && up !== undefined ? 2 : 1;
}
