import type { BrowserContext, Page } from 'playwright-core';
import type { Control } from '../../web/probe/control.ts';
import { HTTP_LANES } from '../../web/probe/lanes.ts';
import { runProbe } from '../../web/probe/run-probe.ts';
import { createNodeEnv } from '../node-env.ts';
import type { CellHost } from './cells.ts';
import type { PageHost } from './page-host.ts';
import { BROWSER_LANES } from './pages.ts';
import type { RunningPath } from './path.ts';

/** A tab of a browser context of its own: pages of one context share connections, those of two do not. */
interface Tab {
  readonly context: BrowserContext;
  readonly page: Page;
  /** Where its page's questions to the lab go. */
  control: Control;
}

/**
 * A tab for each cell. To open one takes most of a second of the processor: those that have nothing of their path's in
 * them (a proxy, a certificate) are used again. What comes next is at another port: another origin, with nothing cached
 * and nobody's connections.
 */
export function pagesAsHost(pages: PageHost): CellHost {
  const idle: Tab[] = [];

  async function openTab({ proxy, selfSigned }: RunningPath, control: Control): Promise<Tab> {
    const context = await pages.newContext({ proxy, selfSigned });
    const tab: Tab = { context, page: await context.newPage(), control };
    await context.exposeFunction('labControl', (...request: Parameters<Control>) => tab.control(...request));
    return tab;
  }

  return {
    version: pages.version,
    lanes: BROWSER_LANES,
    async probe(path, settings, control, signal) {
      const again = path.proxy === undefined && path.selfSigned !== true;
      const tab = (again && idle.pop()) || (await openTab(path, control));
      tab.control = control;
      const close = (): Promise<void> => tab.context.close().catch(() => undefined); // the browser may be gone already
      signal.addEventListener('abort', close);
      try {
        signal.throwIfAborted(); // it may have come while the context was made
        // Any document will do, as long as it comes the same way as all else.
        await pages.load(tab.page, new URL('/healthz', path.baseUrl).href);
        const proxied = path.proxy !== undefined;
        const result = await pages.call(tab.page, 'probe', { baseUrl: path.baseUrl, settings, proxied });
        if (again) {
          // Nothing of it goes on.
          await tab.page.goto('about:blank');
          idle.push(tab);
        }
        return result;
      } finally {
        signal.removeEventListener('abort', close);
        if (!idle.includes(tab)) await close();
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
