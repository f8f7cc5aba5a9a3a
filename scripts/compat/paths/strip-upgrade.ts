import { startReverseProxy } from '../hop/reverse-proxy.ts';
import type { MechanismPath } from '../path.ts';

export default {
  family: 'mechanism',
  title: 'Upgrade removed',
  standsFor:
    'A reverse proxy that keeps hop-by-hop headers to itself, as RFC 9110 §7.6.1 asks, and that nobody has told about WebSocket. It passes everything else at once.',
  recognisedAs: ['upgrade-removed'],
  start: ({ target }) => startReverseProxy(target, { upgrades: 'remove' }),
} satisfies MechanismPath;
