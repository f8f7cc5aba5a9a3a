import { isLoaded } from '../../../web/probe/lanes.ts';
import { shakeHands } from '../cross-origin.ts';
import type { Environment } from '../environment.ts';
import { startPageServer } from '../page-server.ts';
import { outcomesOf, tryTransports } from '../trial.ts';

export default {
  title: 'Another origin, and a server that does not look',
  group: 'Cross-origin',
  standsFor:
    'A server that neither sends CORS headers nor looks at where a request is from (here a hop removes what says so). WebSocket, scripts and frames are not held by the same-origin policy: any page may read such a server, with its visitor’s cookies.',
  async run(context) {
    const { origin, pageUrl } = context.use(await startPageServer());
    const unchecked = context.use(await startPageServer({ dropOrigin: true }));
    const labUrl = await context.startLab();
    unchecked.forwardTo(labUrl);
    const seen = await tryTransports(context, { pageUrl, baseUrl: unchecked.origin, labUrl });
    const checked = await shakeHands(labUrl, origin);
    return outcomesOf(seen, (name, { received, reached }) => {
      if (isLoaded(name)) {
        return received > 0
          ? 'Nothing held it: the same-origin policy is not about scripts and frames.'
          : undefined;
      }
      if (name === 'websocket' && received > 0) {
        return `Nothing held it. The lab itself, asked with the page’s Origin, answers ${checked.status}.`;
      }
      return received === 0 && reached > 0
        ? 'So they were carried out; it is the answers that the browser withheld.'
        : undefined;
    });
  },
} satisfies Environment;
