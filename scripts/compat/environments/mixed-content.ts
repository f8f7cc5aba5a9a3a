import type { Environment } from '../environment.ts';
import { FOREIGN_HOST } from '../page-host.ts';
import { startPageServer } from '../page-server.ts';
import { outcomesOf, tryTransports } from '../trial.ts';

export default {
  title: 'A page over https, the lab over http and ws',
  group: 'Mixed content',
  standsFor: 'A page that has moved to https, and a feed that has not.',
  async run(context) {
    const { origin, pageUrl } = context.use(await startPageServer({ protocol: 'https' }));
    const labUrl = await context.startLab(['--allow-origin', origin]);
    // By its number, the browser would trust it for being local.
    const baseUrl = labUrl.replace('127.0.0.1', FOREIGN_HOST);
    return outcomesOf(await tryTransports(context, { pageUrl, baseUrl, labUrl, selfSigned: true }));
  },
} satisfies Environment;
