import type { Environment } from './environment.ts';
import { startPageServer } from './page-server.ts';
import { outcomesOf, tryTransports } from './trial.ts';

export interface Policy {
  readonly title: string;
  readonly standsFor: string;
  readonly protocol?: 'http' | 'https';
  /** What the header says, given the origin that serves page and lab; null: there is none. */
  readonly policy: ((origin: string) => string) | null;
}

/** A page with a content security policy, and the lab at the page's own origin. */
export function policyEnvironment({ title, standsFor, protocol = 'http', policy }: Policy): Environment {
  return {
    title,
    group: 'Content security policy',
    standsFor,
    async run(context) {
      const headers = (origin: string): Record<string, string> =>
        policy ? { 'content-security-policy': policy(origin) } : {};
      const server = context.use(await startPageServer({ protocol, headers }));
      const labUrl = await context.startLab(protocol === 'https' ? ['--allow-origin', server.origin] : []);
      server.forwardTo(labUrl);
      const { pageUrl, origin } = server;
      return outcomesOf(await tryTransports(context, { pageUrl, baseUrl: origin, labUrl, selfSigned: true }));
    },
  };
}
