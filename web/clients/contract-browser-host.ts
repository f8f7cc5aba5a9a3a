import { commands } from 'vitest/browser';
import { createBrowserEnv, localNow } from '../browser-env.ts';
import type { ContractHost } from './contract.ts';

/** A page of Chromium, for the contract suite: what it cannot do for itself, its runner does. */
export const browserContractHost: ContractHost = {
  kind: 'browser',
  createEnv: () => ({ ...createBrowserEnv({ now: localNow }), close: async () => undefined }),
  async start(flags) {
    const url = await commands.startLab([...flags, '--allow-origin', location.origin]);
    return {
      url,
      tcpUrl: undefined,
      restart: () => commands.restartLab(url),
      stop: () => commands.stopLab(url),
      occupy: (_address, connections) => commands.occupyLab(url, connections),
      release: () => commands.releaseLab(url),
      publishNumbers: (...what) => commands.publishNumbers(url, ...what),
      async startHop(address) {
        const hopUrl = await commands.startHop(address);
        return {
          url: hopUrl,
          connections: () => commands.countAtHop(hopUrl),
          forget: () => commands.forgetHop(hopUrl),
          swallow: () => commands.swallowAtHop(hopUrl),
          cut: () => commands.cutHop(hopUrl),
          cutAfter: (bytes, connections) => commands.cutHopAfter(hopUrl, bytes, connections),
          stop: () => commands.stopHop(hopUrl),
        };
      },
    };
  },
};
