import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import type { InPage } from '../../web/compat/in-page.ts';
import { bundle } from '../bundle.ts';
import { CHROMIUM_ARGS } from '../testing/chromium.ts';
import { FOREIGN_HOST } from './certificate.ts';

/** A Chromium whose pages have the lab's own client code in them. */
export interface PageHost extends AsyncDisposable {
  /** `Chromium 156.0.8078.79`. */
  readonly version: string;
  /** Pages of one context share connections, cache and policies, as tabs of one browser do. */
  newContext(options?: ContextOptions): Promise<BrowserContext>;
  /**
   * Loads a document and puts `transportLab` into it, past any policy of the document's. A tab that another
   * has opened shares its process, as tabs of one site do: there can be more of them.
   */
  open(context: BrowserContext, url: string, opener?: Page): Promise<Page>;
  /** The same in a page that is there already, in place of what it has. */
  load(page: Page, url: string): Promise<void>;
  /** Calls one of `transportLab`'s functions in a page. */
  call<K extends keyof InPage>(
    page: Page,
    name: K,
    argument: Parameters<InPage[K]>[0],
  ): Promise<Awaited<ReturnType<InPage[K]>>>;
}

interface ContextOptions {
  /** A forward proxy: `http://127.0.0.1:PORT`. */
  readonly proxy?: string | undefined;
  /** Lets certificates pass that nobody has signed. */
  readonly selfSigned?: boolean | undefined;
}

export { FOREIGN_HOST };

export async function startPageHost(executablePath: string): Promise<PageHost> {
  const { script } = await bundle('compat/in-page.ts', 'iife');
  const browser: Browser = await chromium.launch({
    executablePath,
    args: [...CHROMIUM_ARGS, `--host-resolver-rules=MAP ${FOREIGN_HOST} 127.0.0.1`],
  });
  const load = async (page: Page, url: string): Promise<void> => {
    await page.goto(url, { waitUntil: 'commit' });
    await page.evaluate(script);
  };
  return {
    version: `Chromium ${browser.version()}`,
    newContext: ({ proxy, selfSigned = false } = {}) =>
      browser.newContext({
        ignoreHTTPSErrors: selfSigned,
        // Without the bypass rule Chromium would go past the proxy to addresses of this machine.
        ...(proxy !== undefined && { proxy: { server: proxy, bypass: '<-loopback>' } }),
      }),
    async open(context, url, opener) {
      const page = await (opener ? openTab(opener) : context.newPage());
      await load(page, url);
      return page;
    },
    load,
    call: (page, name, argument) =>
      // Each name has its own argument and result, as the type of `call` says; a union of them cannot.
      page.evaluate(callInPage, { name, argument }) as Promise<never>,
    async [Symbol.asyncDispose]() {
      await browser.close();
    },
  };
}

async function openTab(opener: Page): Promise<Page> {
  const [tab] = await Promise.all([
    opener.waitForEvent('popup'),
    opener.evaluate(() => {
      window.open('about:blank');
    }),
  ]);
  return tab;
}

function callInPage({
  name,
  argument,
}: {
  readonly name: keyof InPage;
  readonly argument: unknown;
}): unknown {
  return (globalThis.transportLab[name] as (argument: unknown) => unknown)(argument);
}
