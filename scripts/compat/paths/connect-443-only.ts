import { startForwardProxy } from '../hop/forward-proxy.ts';
import type { MechanismPath } from '../path.ts';

export default {
  family: 'mechanism',
  title: 'Forward proxy, CONNECT to 443 only',
  standsFor:
    'The proxy of a company or a school: pages over http:// pass and stream, tunnels lead to port 443 only. Browsers open a tunnel for ws:// too, and that one leads elsewhere.',
  recognisedAs: ['connect-refused'],
  async start({ target }) {
    return { ...(await startForwardProxy(443)), baseUrl: target.origin };
  },
} satisfies MechanismPath;
