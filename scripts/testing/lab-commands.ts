import type { BrowserCommand } from 'vitest/node';
import type { Receipt } from '../../server/wire.ts';
import { type ForgetfulHop, startForgetfulHop } from './forgetful-hop.ts';
import { holdConnections } from './hold-connections.ts';
import { type Lab, startLab } from './lab.ts';
import { publishNumbers } from './publish-numbers.ts';

/** Labs that a test in a browser has started and not yet stopped, by their URL. */
const labs = new Map<string, Lab>();
/** What holds connections to them, by their URL. */
const holds = new Map<string, () => void>();

/** Hops that it has put in front of them, by their own URL. */
const hops = new Map<string, ForgetfulHop>();

const start: BrowserCommand<[flags: readonly string[]], string> = async (_context, flags) => {
  const lab = await startLab(flags);
  labs.set(lab.url, lab);
  return lab.url;
};

const stop: BrowserCommand<[url: string], void> = async (_context, url) => {
  await labs.get(url)?.stop('SIGKILL');
  labs.delete(url);
};

const restart: BrowserCommand<[url: string], void> = async (_context, url) => {
  await labs.get(url)?.restart();
};

const occupy: BrowserCommand<[url: string, connections: number], void> = async (
  _context,
  url,
  connections,
) => {
  holds.set(url, await holdConnections(url, connections));
};

const release: BrowserCommand<[url: string], void> = (_context, url) => {
  holds.get(url)?.();
  holds.delete(url);
};

const publish: BrowserCommand<[url: string, topic: string, first: number, last: number], Receipt[]> = (
  _context,
  ...what
) => publishNumbers(...what);

const startHop: BrowserCommand<[url: string], string> = async (_context, url) => {
  const hop = await startForgetfulHop(url);
  hops.set(hop.url, hop);
  return hop.url;
};

const countAtHop: BrowserCommand<[hopUrl: string], number> = (_context, hopUrl) =>
  hops.get(hopUrl)?.connections ?? 0;

const forgetHop: BrowserCommand<[hopUrl: string], void> = (_context, hopUrl) => {
  hops.get(hopUrl)?.forget();
};

const swallowAtHop: BrowserCommand<[hopUrl: string], void> = (_context, hopUrl) => {
  hops.get(hopUrl)?.swallow();
};

const cutHop: BrowserCommand<[hopUrl: string], void> = (_context, hopUrl) => {
  hops.get(hopUrl)?.cut();
};

const cutHopAfter: BrowserCommand<[hopUrl: string, bytes: number, connections: number], void> = (
  _context,
  hopUrl,
  bytes,
  connections,
) => {
  hops.get(hopUrl)?.cutAfter(bytes, connections);
};

const stopHop: BrowserCommand<[hopUrl: string], void> = async (_context, hopUrl) => {
  await hops.get(hopUrl)?.[Symbol.asyncDispose]();
  hops.delete(hopUrl);
};

/** What a page cannot do for itself: start, stop, restart and fill servers, and put hops in front of them. */
export const labCommands = {
  startLab: start,
  stopLab: stop,
  restartLab: restart,
  occupyLab: occupy,
  releaseLab: release,
  publishNumbers: publish,
  startHop,
  countAtHop,
  forgetHop,
  swallowAtHop,
  cutHop,
  cutHopAfter,
  stopHop,
};

declare module 'vitest/browser' {
  interface BrowserCommands {
    startLab(flags: readonly string[]): Promise<string>;
    stopLab(url: string): Promise<void>;
    restartLab(url: string): Promise<void>;
    occupyLab(url: string, connections: number): Promise<void>;
    releaseLab(url: string): Promise<void>;
    publishNumbers(url: string, topic: string, first: number, last: number): Promise<Receipt[]>;
    startHop(url: string): Promise<string>;
    countAtHop(hopUrl: string): Promise<number>;
    forgetHop(hopUrl: string): Promise<void>;
    swallowAtHop(hopUrl: string): Promise<void>;
    cutHop(hopUrl: string): Promise<void>;
    cutHopAfter(hopUrl: string, bytes: number, connections: number): Promise<void>;
    stopHop(hopUrl: string): Promise<void>;
  }
}
