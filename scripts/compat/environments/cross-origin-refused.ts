import { shakeHands, whoRefused } from '../cross-origin.ts';
import type { Environment } from '../environment.ts';
import { startPageServer } from '../page-server.ts';
import { outcomesOf, tryTransports } from '../trial.ts';

export default {
  title: 'Another origin, not allowed by the server',
  group: 'Cross-origin',
  standsFor: 'A page of another origin, and a server that has not been told of it: no CORS headers.',
  async run(context) {
    const { origin, pageUrl } = context.use(await startPageServer());
    const labUrl = await context.startLab();
    const seen = await tryTransports(context, { pageUrl, baseUrl: labUrl, labUrl });
    return outcomesOf(seen, whoRefused(await shakeHands(labUrl, origin), await shakeHands(labUrl)));
  },
} satisfies Environment;
