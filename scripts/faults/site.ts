import { BALANCER_HINT, type Balancer, hasBalancer, startBalancer } from '../testing/balancer.ts';
import { type Lab, startLab } from '../testing/lab.ts';
import { createRedis, type Redis, whyNoRedis } from '../testing/redis.ts';

/** Server processes on one Redis, behind a balancer that sends each request to whichever is next. */
export interface Site extends AsyncDisposable {
  readonly redis: Redis;
  readonly labs: readonly Lab[];
  readonly balancer: Balancer;
}

/** Why there can be no site on this machine; undefined where there can. */
export function whyNoSite(): string | undefined {
  return (
    whyNoRedis() ?? (hasBalancer() ? undefined : `there is no nginx with its stream module. ${BALANCER_HINT}`)
  );
}

/** Starts three of them, which is what README’s balancer is for. */
export async function startSite(): Promise<Site> {
  const redis = await createRedis();
  const labs: Lab[] = [];
  try {
    const flags = ['--bus', redis.url, '--tcp-port', '0'];
    const starting = await Promise.allSettled([1, 2, 3].map(() => startLab(flags)));
    labs.push(...starting.flatMap((one) => (one.status === 'fulfilled' ? one.value : [])));
    const failed = starting.find((one) => one.status === 'rejected');
    if (failed) throw failed.reason;
    const balancer = await startBalancer(labs);
    return { redis, labs, balancer, [Symbol.asyncDispose]: () => end([balancer, ...labs, redis]) };
  } catch (error) {
    await end([...labs, redis]);
    throw error;
  }
}

async function end(parts: readonly AsyncDisposable[]): Promise<void> {
  for (const part of parts) await part[Symbol.asyncDispose]();
}
