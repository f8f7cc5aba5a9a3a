import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MANNERS, TECHNIQUES } from '../../server/wire.ts';
import { diagnose } from '../../web/probe/diagnose.ts';
import { runProbe } from '../../web/probe/run-probe.ts';
import type { ProbeResult } from '../../web/probe/schema.ts';
import { probeSettings } from '../../web/probe/settings.ts';
import { loadPaths } from '../compat/load-paths.ts';
import { QUICK_TIME_SCALE } from '../compat/options.ts';
import type { MechanismPath } from '../compat/path.ts';
import { createNodeEnv } from '../node-env.ts';
import { type Lab, startLab } from '../testing/lab.ts';

const SETTINGS = probeSettings(QUICK_TIME_SCALE, TECHNIQUES, MANNERS);

const mechanisms = (await loadPaths()).flatMap(({ id, path }) =>
  path.family === 'mechanism' ? [{ id, path }] : [],
);

let lab: Lab;
/** All at once: a probe is mostly waiting. */
const probes = new Map<string, Promise<ProbeResult>>();
beforeAll(async () => {
  lab = await startLab(['--heartbeat-ms', String(SETTINGS.heartbeatMs)]);
  for (const { id, path } of mechanisms) {
    // One after the other until it has begun: what connects at the same moment as all others looks held.
    await new Promise<void>((begun) => {
      const probe = probeThrough(path, begun);
      probe.catch(() => undefined).then(() => begun()); // a failure is told by its own test
      probes.set(id, probe);
    });
  }
}, 60_000);
afterAll(async () => {
  await Promise.allSettled(probes.values());
  await lab[Symbol.asyncDispose]();
}, 60_000);

/** As someone would probe it who knows nothing of the hop: all of it goes through. */
async function probeThrough(path: MechanismPath, begun: () => void): Promise<ProbeResult> {
  const folder = await mkdtemp(join(tmpdir(), 'lab-hop-'));
  try {
    await using running = await path.start({
      target: new URL(lab.url),
      folder,
      variant: 'as shipped',
      program: '',
      timeScale: QUICK_TIME_SCALE,
      scaled: (seconds) => Math.max(1, Math.round(seconds * 1000 * QUICK_TIME_SCALE)),
    });
    const { baseUrl, proxy, selfSigned = false } = running;
    const env = createNodeEnv({
      now: () => performance.timeOrigin + performance.now(),
      compressed: true,
      insecure: selfSigned,
      ...(proxy !== undefined && { proxy }),
    });
    try {
      const client = { host: 'node', agent: 'a test' } as const;
      const options = { baseUrl, settings: SETTINGS, client, proxied: proxy !== undefined, observe: begun };
      return await runProbe(options, env);
    } finally {
      await env.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

describe('a probe recognises by name', () => {
  test.each(mechanisms)(
    '$id',
    async ({ id, path }) => {
      const found = diagnose(await probes.get(id)!);
      const seen = found.map(({ title, evidence }) => `${title}: ${evidence}`).join('\n');
      expect(
        found.map((one) => one.id),
        seen,
      ).toEqual(path.recognisedAs);
    },
    60_000,
  );
});
