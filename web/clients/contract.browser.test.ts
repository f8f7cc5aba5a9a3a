import { commands } from 'vitest/browser';
import { createBrowserEnv, localNow } from '../browser-env.ts';
import { type ContractHost, describeContract } from './contract.ts';

const host: ContractHost = {
  kind: 'browser',
  createEnv: () => ({ ...createBrowserEnv({ now: localNow }), close: async () => undefined }),
  async start(flags) {
    const url = await commands.startLab([...flags, '--allow-origin', location.origin]);
    return {
      url,
      restart: () => commands.restartLab(url),
      stop: () => commands.stopLab(url),
      occupy: (connections) => commands.occupyLab(url, connections),
      release: () => commands.releaseLab(url),
      async startHop() {
        const hopUrl = await commands.startHop(url);
        return {
          url: hopUrl,
          forget: () => commands.forgetHop(hopUrl),
          stop: () => commands.stopHop(hopUrl),
        };
      },
    };
  },
};

describeContract(host);
describeContract(host, { title: 'compressed', flags: ['--deflate'], transports: ['websocket'] });
