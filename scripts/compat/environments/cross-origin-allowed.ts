import type { Environment } from '../environment.ts';
import { startPageServer } from '../page-server.ts';
import { outcomesOf, tryTransports } from '../trial.ts';

export default {
  title: 'Another origin, allowed by the server',
  group: 'Cross-origin',
  standsFor: 'A page of another origin that the server knows: --allow-origin, and with it CORS headers.',
  async run(context) {
    const { origin, pageUrl } = context.use(await startPageServer());
    const labUrl = await context.startLab(['--allow-origin', origin]);
    return outcomesOf(await tryTransports(context, { pageUrl, baseUrl: labUrl, labUrl }));
  },
} satisfies Environment;
