import { tmpdir } from 'node:os';
import { Agent, type Dispatcher, ProxyAgent } from 'undici';
import type { MechanismPath, RunningPath } from '../path.ts';
import type { Origin } from './test-origin.ts';

/** Starts a mechanism in front of an origin. */
export async function startHop(id: string, { url }: Origin, timeScale = 1): Promise<RunningPath> {
  const module: { default: MechanismPath } = await import(`../paths/${id}.ts`);
  return module.default.start({
    target: url,
    folder: tmpdir(), // a mechanism keeps nothing
    variant: 'as shipped',
    program: '',
    timeScale,
    scaled: (seconds) => Math.max(1, seconds * 1000 * timeScale),
  });
}

/** What undici needs to go through it; closes with its block. */
export function clientOf({ proxy, selfSigned = false }: RunningPath): AsyncDisposable & {
  readonly dispatcher: Dispatcher;
} {
  const tls = { rejectUnauthorized: !selfSigned };
  const dispatcher = proxy
    ? new ProxyAgent({ uri: proxy, proxyTunnel: selfSigned, requestTls: tls })
    : new Agent({ allowH2: true, connect: tls });
  return { dispatcher, [Symbol.asyncDispose]: () => dispatcher.destroy() };
}
