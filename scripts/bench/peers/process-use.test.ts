import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { processUse } from './process-use.ts';

/** Works on its own thread and on those of the pool, then tells what Node says of that, and is idle. */
const WORK = `
  const { pbkdf2, pbkdf2Sync } = require('node:crypto');
  const { promisify } = require('node:util');
  const parameters = ['password', 'salt', 60_000, 64, 'sha512'];
  pbkdf2Sync(...parameters);
  Promise.all([1, 2, 3].map(() => promisify(pbkdf2)(...parameters))).then(() => {
    const { user, system } = process.cpuUsage();
    process.send({ cpuUs: user + system, rssBytes: process.memoryUsage().rss });
  });
  process.on('disconnect', () => process.exit());
`;

test.runIf(process.platform === 'linux')(
  'what is read from outside is what the process says itself',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'lab-use-'));
    const file = join(folder, 'work.cjs');
    await writeFile(file, WORK);
    const child = fork(file, { execArgv: [] });
    try {
      const [own] = await once(child, 'message');
      const use = processUse(child.pid!);
      expect(use.cpuUs / own.cpuUs).toBeGreaterThan(0.95);
      expect(use.cpuUs / own.cpuUs).toBeLessThan(1.1);
      expect(use.rssBytes / own.rssBytes).toBeGreaterThan(0.7);
      expect(use.rssBytes / own.rssBytes).toBeLessThan(1.3);
    } finally {
      child.disconnect();
      await once(child, 'exit');
      await rm(folder, { recursive: true });
    }
  },
);
