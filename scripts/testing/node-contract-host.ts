import type { ContractHost } from '../../web/clients/contract.ts';
import { createNodeEnv, type NodeEnvOptions } from '../node-env.ts';
import { startForgetfulHop } from './forgetful-hop.ts';
import { holdConnections } from './hold-connections.ts';
import { startLab } from './lab.ts';
import { publishNumbers } from './publish-numbers.ts';

export const now = (): number => performance.timeOrigin + performance.now();

/** Node, for the contract suite: servers are processes of their own. */
export function nodeContractHost(options: Omit<NodeEnvOptions, 'now'> = {}): ContractHost {
  return {
    kind: 'node',
    createEnv: () => createNodeEnv({ now, ...options }),
    async start(flags) {
      const lab = await startLab(['--tcp-port', '0', ...flags]);
      let release = (): void => undefined;
      return {
        url: lab.url,
        tcpUrl: lab.tcpUrl,
        restart: () => lab.restart(),
        stop: async () => void (await lab.stop('SIGKILL')),
        async occupy(address, connections) {
          release = await holdConnections(address, connections);
        },
        release: async () => release(),
        publishNumbers: (...what) => publishNumbers(lab.url, ...what),
        async startHop(address) {
          const hop = await startForgetfulHop(address);
          return {
            url: hop.url,
            connections: async () => hop.connections,
            forget: async () => hop.forget(),
            swallow: async () => hop.swallow(),
            cut: async () => hop.cut(),
            cutAfter: async (bytes, connections) => hop.cutAfter(bytes, connections),
            stop: async () => hop[Symbol.asyncDispose](),
          };
        },
      };
    },
  };
}
