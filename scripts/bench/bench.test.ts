import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { analyse } from '../../web/results/analysis.ts';
import type { Results } from '../../web/results/schema.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lab-bench-'));
});
afterEach(() => rm(folder, { recursive: true }));

function startBench(flags: readonly string[]) {
  const child = spawn(process.execPath, ['--import', 'tsx', 'scripts/bench/main.ts', ...flags], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  return {
    child,
    output: () => output,
    exited: once(child, 'close').then(([code]) => code as number | null),
  };
}

async function readResults(): Promise<Results> {
  return JSON.parse(await readFile(join(folder, 'results.json'), 'utf8'));
}

test('a run of one’s own load writes its records, table, charts, summary and report', async () => {
  const run = startBench([
    '--quick',
    '--scenario',
    'latency',
    '--transports',
    'long-poll,websocket',
    '--rate',
    '50',
    '--clients',
    '5',
    '--interval',
    '50',
    '--out',
    folder,
  ]);
  expect(await run.exited, run.output()).toBe(0);

  const results = await readResults();
  expect(results.run).toMatchObject({ complete: true, quick: true, blocks: 1 });
  const [scenario] = analyse(results).scenarios;
  expect(scenario?.excluded).toEqual([]);
  const requests = scenario?.figures.filter(({ metric }) => metric.id === 'requests');
  expect(requests?.map(({ lane }) => lane.id)).toEqual(['long-poll', 'websocket']);
  expect(requests?.[0]?.measured.median).toBeGreaterThan(0);
  expect(requests?.[1]?.measured.median).toBe(0);

  expect(await readFile(join(folder, 'results.csv'), 'utf8')).toContain('latency,websocket,0,0,');
  expect(await readFile(join(folder, 'summary.md'), 'utf8')).toContain('makes no claim');
  expect(await readFile(join(folder, 'charts', 'latency-mean.svg'), 'utf8')).toContain('<path');
  const png = await readFile(join(folder, 'charts', 'latency-mean.png'));
  expect(png.subarray(1, 4).toString()).toBe('PNG');
  const report = await readFile(join(folder, 'report.html'), 'utf8');
  expect(report).toContain('<script type="application/json" id="results">');
  expect(report).not.toMatch(/(src|href)="?https?:/);
}, 60_000);

test('lanes are told beside one another, by message and by connection, whatever port they are spoken on', async () => {
  const run = startBench([
    '--quick',
    '--scenario',
    'lanes',
    '--transports',
    'websocket,tcp',
    '--rate',
    '50',
    '--out',
    folder,
  ]);
  expect(await run.exited, run.output()).toBe(0);

  const [scenario] = analyse(await readResults()).scenarios;
  expect(scenario?.excluded).toEqual([]);
  const ratioOf = (id: string) => scenario?.comparisons.find(({ metric }) => metric.id === id)?.ratio.median;
  // A frame's two to four bytes against a line's end; an HTTP upgrade against a line.
  expect(ratioOf('bytes')).toBeCloseTo(1, 1);
  expect(ratioOf('connectRequests')).toBe(1);
  expect(ratioOf('connectBytes')).toBeGreaterThan(2);
  expect(ratioOf('connectCpu')).toBeGreaterThan(0);

  const summary = await readFile(join(folder, 'summary.md'), 'utf8');
  expect(summary).toContain(
    '**WebSocket over Raw TCP, the floor**. Beside one over Raw TCP, a message takes',
  );
  expect(summary).toContain('| Metric · cell | WebSocket / Raw TCP |');
  expect(await readFile(join(folder, 'charts', 'lanes-connectcpu.svg'), 'utf8')).toContain('<path');
}, 60_000);

test('Ctrl-C stops a run cleanly and keeps the blocks that were done', async () => {
  const run = startBench([
    '--scenario',
    'upstream',
    '--transports',
    'websocket',
    '--rate',
    '20',
    '--blocks',
    '50',
    '--out',
    folder,
  ]);
  // Kept after each block; the second is on its way when the first is there.
  await expect
    .poll(
      () =>
        readResults().then(
          () => true,
          () => false,
        ),
      { timeout: 40_000 },
    )
    .toBe(true);
  run.child.kill('SIGINT');
  expect(await run.exited).toBe(130);
  expect(run.output()).toContain('Stopped. What was done by then is kept.');
  const results = await readResults();
  expect(results.run.complete).toBe(false);
  expect(results.scenarios[0]?.trials.length).toBeGreaterThan(0);
  expect(await readFile(join(folder, 'summary.md'), 'utf8')).toContain('stopped before the end');
}, 60_000);

test.each([
  [['--rate', 'fast'], '--rate <n,…>', 'fast'],
  [['--transports', 'pigeon'], '--transports <names>', 'pigeon'],
  [['--blocks', '0'], '--blocks <n>', '0'],
  [['--speed', '1'], '--speed', 'unknown option'],
])(
  '%j is refused by name and value',
  async (flags, name, value) => {
    const run = startBench(flags);
    expect(await run.exited).toBe(1);
    expect(run.output()).toContain(name);
    expect(run.output()).toContain(value);
  },
  20_000,
);
