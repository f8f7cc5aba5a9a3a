import type { Environment } from '../environment.ts';
import { startPageServer } from '../page-server.ts';
import { outcomesOf, tryTransports } from '../trial.ts';

export default {
  title: 'A page over https, the lab over https and wss',
  group: 'Mixed content',
  standsFor: 'The remedy: TLS in front of the feed too, here at an origin of its own.',
  async run(context) {
    const { origin, pageUrl } = context.use(await startPageServer({ protocol: 'https' }));
    const feed = context.use(await startPageServer({ protocol: 'https' }));
    const labUrl = await context.startLab(['--allow-origin', origin]);
    feed.forwardTo(labUrl);
    return outcomesOf(
      await tryTransports(context, { pageUrl, baseUrl: feed.origin, labUrl, selfSigned: true }),
    );
  },
} satisfies Environment;
