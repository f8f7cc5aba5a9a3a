import { tmpdir } from 'node:os';
import { Agent, type Dispatcher, ProxyAgent } from 'undici';
import { RawClient } from '../../testing/raw-client.ts';
import type { MechanismPath, RunningPath } from '../path.ts';
import type { Echoed, Origin } from './test-origin.ts';

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

/** A request of its own through the hop, and what the origin says of it: whatever was under way before has arrived. */
export async function echo({ baseUrl }: RunningPath, path = '/echo'): Promise<Echoed> {
  await using client = new RawClient(baseUrl);
  client.get(path);
  const { status, body } = await client.response();
  if (status !== 200) throw new Error(`${path} was answered ${status}.`);
  return JSON.parse(body) as Echoed; // what the origin's /echo is made of
}

/** The status that a request for an upgrade gets; where it is 101, the socket has said back what it was told. */
export async function tryUpgrade({ baseUrl }: RunningPath, path = '/socket'): Promise<number> {
  await using client = new RawClient(baseUrl);
  client.upgrade(path);
  const { status } = await client.head();
  if (status === 101) {
    client.send('there and back');
    await client.take('there and back');
  }
  return status;
}
