import type { Environment } from './environment.ts';
import { startPageServer } from './page-server.ts';
import { outcomesOf, tryTransports } from './trial.ts';

export interface Policy {
  readonly title: string;
  readonly standsFor: string;
  readonly protocol?: 'http' | 'https';
  /** The sources of `connect-src`, given the origin that serves page and lab; null: no policy at all. */
  readonly connectSources: ((origin: string) => string) | null;
}

/** A page with a content security policy, and the lab at the page's own origin. */
export function policyEnvironment({
  title,
  standsFor,
  protocol = 'http',
  connectSources,
}: Policy): Environment {
  return {
    title,
    group: 'Content security policy',
    standsFor,
    async run(context) {
      const headers = (origin: string): Record<string, string> =>
        connectSources ? { 'content-security-policy': `connect-src ${connectSources(origin)}` } : {};
      const server = context.use(await startPageServer({ protocol, headers }));
      const labUrl = await context.startLab(protocol === 'https' ? ['--allow-origin', server.origin] : []);
      server.forwardTo(labUrl);
      const pages = context.use(await context.host.newContext({ selfSigned: true }));
      const { pageUrl, origin } = server;
      return outcomesOf(await tryTransports(context, pages, { pageUrl, baseUrl: origin, labUrl }));
    },
  };
}
