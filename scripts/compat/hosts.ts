import { HTTP_LANES } from '../../web/probe/lanes.ts';
import { runProbe } from '../../web/probe/run-probe.ts';
import { createNodeEnv } from '../node-env.ts';
import type { CellHost } from './cells.ts';
import type { PageHost } from './page-host.ts';
import { BROWSER_LANES } from './pages.ts';

/** A page of its own for each cell: a context of its own, with nothing cached and nobody's connections. */
export function pagesAsHost(pages: PageHost): CellHost {
  return {
    version: pages.version,
    lanes: BROWSER_LANES,
    async probe(path, settings, control, signal) {
      await using context = await pages.newContext({ proxy: path.proxy, selfSigned: path.selfSigned });
      const stop = (): void => void context.close().catch(() => undefined); // the browser may be gone already
      signal.addEventListener('abort', stop);
      try {
        signal.throwIfAborted(); // it may have come while the context was made
        await context.exposeFunction('labControl', control);
        // Any document will do, as long as it comes the same way as all else.
        const page = await pages.open(context, new URL('/healthz', path.baseUrl).href);
        const proxied = path.proxy !== undefined;
        return await pages.call(page, 'probe', { baseUrl: path.baseUrl, settings, proxied });
      } finally {
        signal.removeEventListener('abort', stop);
      }
    },
  };
}

/** The same client without a browser; what only pages load it reads itself. */
export const nodeAsHost: CellHost = {
  version: null,
  lanes: HTTP_LANES,
  async probe(path, settings, control, signal) {
    const env = createNodeEnv({
      now: Date.now,
      compressed: true,
      page: true,
      insecure: path.selfSigned === true,
      ...(path.proxy !== undefined && { proxy: path.proxy }),
    });
    try {
      const client = { host: 'node', agent: `Node ${process.version}` } as const;
      const proxied = path.proxy !== undefined;
      return await runProbe({ baseUrl: path.baseUrl, settings, client, control, proxied, signal }, env);
    } finally {
      await env.close();
    }
  },
};
