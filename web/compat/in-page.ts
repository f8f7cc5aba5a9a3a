import { createBrowserEnv, localNow } from '../browser-env.ts';
import type { Control } from '../probe/control.ts';
import { runProbe } from '../probe/run-probe.ts';
import type { ProbeResult } from '../probe/schema.ts';
import type { ProbeSettings } from '../probe/settings.ts';
import { readTrial, startTrial, tryFetch } from './environment-trial.ts';

interface PageProbe {
  readonly baseUrl: string;
  readonly settings: ProbeSettings;
  /** Whether the page goes through a forward proxy, which it cannot know by itself. */
  readonly proxied: boolean;
}

/** What the compatibility lab lets a page do: `transportLab` in every page that it opens. JSON in, JSON out. */
const inPage = {
  probe: ({ baseUrl, settings, proxied }: PageProbe): Promise<ProbeResult> =>
    runProbe(
      {
        baseUrl,
        settings,
        proxied,
        client: { host: 'browser', agent: navigator.userAgent },
        ...(globalThis.labControl && { control: globalThis.labControl }),
      },
      createBrowserEnv({ now: localNow }),
    ),
  startTrial,
  readTrial,
  tryFetch,
};

export type InPage = typeof inPage;

declare global {
  var transportLab: InPage;
  /** The lab's API past the path, where whoever opened the page lends it. */
  var labControl: Control | undefined;
}

globalThis.transportLab = inPage;
