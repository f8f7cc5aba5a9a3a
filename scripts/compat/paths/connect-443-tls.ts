import { startForwardProxy } from '../hop/forward-proxy.ts';
import { startTlsRelay } from '../hop/relay.ts';
import type { MechanismPath } from '../path.ts';

export default {
  family: 'mechanism',
  title: 'Forward proxy, TLS on 443',
  standsFor:
    'The proxy that opens tunnels to 443 only, when the server has TLS on that port: everything goes through a tunnel that nobody can look into. (A free port stands for 443, and the proxy allows tunnels to just that one.)',
  recognisedAs: ['clear'],
  async start({ target }) {
    const tls = await startTlsRelay(target);
    const { proxy, ...proxyServer } = await startForwardProxy(Number(new URL(tls.baseUrl).port));
    return {
      baseUrl: tls.baseUrl,
      selfSigned: true,
      proxy,
      async [Symbol.asyncDispose]() {
        await proxyServer[Symbol.asyncDispose]();
        await tls[Symbol.asyncDispose]();
      },
    };
  },
} satisfies MechanismPath;
