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
      tcpUrl: undefined,
      restart: () => commands.restartLab(url),
      stop: () => commands.stopLab(url),
      occupy: (_address, connections) => commands.occupyLab(url, connections),
      release: () => commands.releaseLab(url),
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

describeContract(host);
describeContract(host, { title: 'compressed', flags: ['--deflate'], transports: ['websocket'] });
// By the kind of client that the browser brings: fetch, EventSource, WebSocket.
describeContract(host, {
  title: 'over TLS',
  flags: ['--tls'],
  transports: ['long-poll', 'sse', 'websocket'],
});
