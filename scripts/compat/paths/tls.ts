import { startTlsRelay } from '../hop/relay.ts';
import type { MechanismPath } from '../path.ts';

export default {
  family: 'mechanism',
  title: 'TLS in front',
  standsFor:
    'A server, or a load balancer at its side, that ends TLS and passes bytes both ways. What lies further out sees nothing but ciphertext.',
  recognisedAs: ['clear'],
  start: ({ target }) => startTlsRelay(target),
} satisfies MechanismPath;
