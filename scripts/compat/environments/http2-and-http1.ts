import { isUpgraded } from '../../../web/probe/lanes.ts';
import type { Environment } from '../environment.ts';
import { startPageServer } from '../page-server.ts';
import { outcomesOf, tryTransports } from '../trial.ts';

export default {
  title: 'HTTP/2, and HTTP/1.1 beside it',
  group: 'HTTP/2',
  standsFor: 'The usual front: HTTP/2 for those who offer it, HTTP/1.1 for all others, no RFC 8441.',
  async run(context) {
    const server = context.use(await startPageServer({ protocol: 'http/2 and http/1.1' }));
    const { origin, pageUrl } = server;
    const labUrl = await context.startLab(['--allow-origin', origin]);
    server.forwardTo(labUrl);
    const seen = await tryTransports(context, { pageUrl, baseUrl: origin, labUrl, selfSigned: true });
    const count = (protocol: string) => server.agreed.filter((one) => one === protocol).length;
    return outcomesOf(seen, (name) =>
      isUpgraded(name)
        ? `The pages had ${count('h2')} connections over HTTP/2 and ${count('http/1.1')} over HTTP/1.1.`
        : undefined,
    );
  },
} satisfies Environment;
