import type { BrowserCommand } from 'vitest/node';
import { type Lab, startLab } from './lab.ts';

/** Labs that a test in a browser has started and not yet stopped, by their URL. */
const labs = new Map<string, Lab>();

const start: BrowserCommand<[flags: readonly string[]], string> = async (_context, flags) => {
  const lab = await startLab(flags);
  labs.set(lab.url, lab);
  return lab.url;
};

const stop: BrowserCommand<[url: string], void> = async (_context, url) => {
  await labs.get(url)?.stop('SIGKILL');
  labs.delete(url);
};

const restart: BrowserCommand<[url: string, signal: NodeJS.Signals], void> = async (
  _context,
  url,
  signal,
) => {
  await labs.get(url)?.restart(signal);
};

/** What a page cannot do for itself: start, stop and restart servers. */
export const labCommands = { startLab: start, stopLab: stop, restartLab: restart };

declare module 'vitest/browser' {
  interface BrowserCommands {
    startLab(flags: readonly string[]): Promise<string>;
    stopLab(url: string): Promise<void>;
    restartLab(url: string, signal: NodeJS.Signals): Promise<void>;
  }
}
