import { isUpgraded } from '../../../web/probe/lanes.ts';
import type { Environment } from '../environment.ts';
import { startPageServer } from '../page-server.ts';
import { outcomesOf, tryTransports } from '../trial.ts';

/** OpenSSL's name for a client that offers none of the server's protocols (RFC 7301 §3.2). */
const NO_PROTOCOL = 'ERR_SSL_NO_APPLICATION_PROTOCOL';

export default {
  title: 'HTTP/2 only, without RFC 8441',
  group: 'HTTP/2',
  standsFor: 'A front that speaks nothing but HTTP/2 and knows no WebSocket over its streams.',
  async run(context) {
    const server = context.use(await startPageServer({ protocol: 'http/2 only' }));
    const { origin, pageUrl } = server;
    const labUrl = await context.startLab(['--allow-origin', origin]);
    server.forwardTo(labUrl);
    const seen = await tryTransports(context, { pageUrl, baseUrl: origin, labUrl, selfSigned: true });
    const refused = server.refused.filter((reason) => reason === NO_PROTOCOL).length;
    return outcomesOf(seen, (name) =>
      isUpgraded(name) && refused > 0
        ? `It is TLS that fails: ${refused} more connections offered HTTP/1.1 only, which the server does not speak.`
        : undefined,
    );
  },
} satisfies Environment;
