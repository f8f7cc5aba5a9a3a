import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sampleCompat } from '../../web/compat/testing/sample.ts';
import { environmentsCsv, pathsCsv, supportCsv } from './report/compat-csv.ts';
import { writeReport } from './report/html.ts';
import { saveCompat, writeArtefacts } from './run-folder.ts';

describe('a run’s folder with compatibility records alone', () => {
  let folder: string;
  let headline: string;
  const text = (name: string) => readFile(join(folder, name), 'utf8');
  const dataIn = (report: string): unknown =>
    JSON.parse(/<script type="application\/json" id="compat">(.*?)<\/script>/.exec(report)?.[1] ?? '');

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lab-run-'));
    await saveCompat(folder, sampleCompat());
    headline = await writeArtefacts(folder);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('gets tables, images, summary and report, and nothing of a bench that was not run', async () => {
    expect((await readdir(folder)).sort()).toEqual([
      'charts',
      'compat-environments.csv',
      'compat-support.csv',
      'compat.csv',
      'compat.json',
      'report.html',
      'summary.md',
    ]);
    expect(await readdir(join(folder, 'charts'))).toContain('compat-matrix.svg');
    expect(headline).toMatch(/^Products as shipped, before a naive server, deliver: short poll 3 of 3/);
  });

  it('has the matrix in its summary, sign by sign, and names what was left out', async () => {
    const summary = await text('summary.md');
    expect(summary).toContain('| NAT black hole | ✓ | ✓ | ✓ | ✓ | ✓ | ☾ | ☾ | ☾ |');
    expect(summary).toContain('| nginx, as shipped (1.2.3) | ✓ | ✓ | ✓ | ✕ | ✓ | ↻3 | ✕ | ✕ |');
    expect(summary).toContain('Left out, and in no score: varnish, as shipped: not installed');
    expect(summary).toContain('CC-BY-4.0');
  });

  it('has its data in the report', async () => {
    const report = await text('report.html');
    expect(dataIn(report)).toEqual(sampleCompat());
    expect(report).not.toContain('id="results"');
  });

  it('has its data in the report even where an error page was quoted in it', async () => {
    const compat = sampleCompat({ command: 'it said: <!-- squid --><script>x</script>' });
    const path = join(folder, 'quoted.html');
    await writeReport({ compat }, path);
    expect(dataIn(await text('quoted.html'))).toEqual(compat);
    await rm(path);
  });
});

it('records that are saved at the same time are saved one after the other: the last call counts', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lab-run-'));
  try {
    const names = Array.from({ length: 8 }, (_, i) => `run ${i}`);
    await Promise.all(names.map((name) => saveCompat(folder, sampleCompat({ name }))));
    const kept = JSON.parse(await readFile(join(folder, 'compat.json'), 'utf8'));
    expect(kept.run.name).toBe('run 7');
    expect(await readdir(folder)).toEqual(['compat.json']);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

it('times are kept to a tenth of a millisecond, and nothing else loses a digit', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lab-run-'));
  try {
    const text = JSON.stringify(sampleCompat()).replaceAll('"lateMs":4', '"lateMs":4.23456');
    await saveCompat(folder, JSON.parse(text));
    const kept = await readFile(join(folder, 'compat.json'), 'utf8');
    expect(kept).toContain('"lateMs":4.2}');
    expect(JSON.parse(kept.replaceAll('"lateMs":4.2}', '"lateMs":4}'))).toEqual(sampleCompat());
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

it('a folder without records is refused by name, and so are records of another schema', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lab-run-'));
  try {
    await expect(writeArtefacts(folder)).rejects.toThrow(`${folder} holds neither`);
    await writeFile(join(folder, 'compat.json'), '{"schema":99}');
    await expect(writeArtefacts(folder)).rejects.toThrow('has schema 99');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

describe('tables', () => {
  const lines = (csv: string) => csv.trimEnd().split('\n');

  it('have a row for each path, server and transport, and one for each path that did not run', () => {
    const csv = lines(pathsCsv(sampleCompat()));
    // Two servers: the four techniques on each path, and three of the other lanes on all but one.
    expect(csv).toHaveLength(1 + 14 * 2 * 4 + 13 * 2 * 3 + 2);
    expect(csv[0]).toMatch(/^path,title,family,role,variant,version,state,manners,transport,outcome,/);
    expect(csv).toContain(
      'strips-upgrade,Strips Upgrade,mechanism,,,,ran,naive,websocket,nothing,25,0,4,connect,400,The upgrade was answered with 400.,,,5,12000,43000',
    );
    expect(csv.at(-1)).toContain('failed');
    expect(csv.at(-1)).toContain('It did not answer within 10 s.');
  });

  it('have environments and browsers in files of their own', () => {
    expect(lines(environmentsCsv(sampleCompat()))).toHaveLength(1 + 6 + 3 + 1);
    expect(lines(supportCsv(sampleCompat()))).toHaveLength(1 + 4 * 3);
    expect(lines(supportCsv({ ...sampleCompat(), support: null }))).toEqual(['']);
  });
});
