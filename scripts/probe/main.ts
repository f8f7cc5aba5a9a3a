import { readFile, writeFile } from 'node:fs/promises';
import { diagnose } from '../../web/probe/diagnose.ts';
import { parseProbe, serialise } from '../../web/probe/file.ts';
import { recommend } from '../../web/probe/recommend.ts';
import { runProbe } from '../../web/probe/run-probe.ts';
import type { ProbeResult } from '../../web/probe/schema.ts';
import { createNodeEnv } from '../node-env.ts';
import { type ProbeCommand, readOptions } from './options.ts';
import { createProgressLine } from './progress.ts';
import { formatProbe } from './report.ts';

const command = readOptions(process.argv.slice(2), process.env);

const stopping = new AbortController();
process.once('SIGINT', () => {
  stopping.abort();
  process.once('SIGINT', () => process.exit(130));
});

try {
  const result = command.do === 'load' ? await load(command.file) : await run(command);
  const diagnoses = diagnose(result);
  console.log(
    command.json
      ? JSON.stringify({ result, diagnoses, recommendation: recommend(result) }, null, 2)
      : formatProbe(result, diagnoses),
  );
  if (command.save !== undefined) await save(command.save, result);
  process.exitCode = diagnoses.some(({ id }) => id === 'unreachable') ? 1 : 0;
} catch (error) {
  if (!stopping.signal.aborted) console.error(error instanceof Error ? error.message : error);
  process.exitCode = stopping.signal.aborted ? 130 : 2;
}

async function run({
  baseUrl,
  settings,
  token,
  proxy,
  insecure,
}: Extract<ProbeCommand, { do: 'run' }>): Promise<ProbeResult> {
  const env = createNodeEnv({
    now: () => performance.timeOrigin + performance.now(),
    compressed: true,
    insecure,
    ...(proxy !== undefined && { proxy }),
  });
  const line = createProgressLine(process.stderr);
  try {
    return await runProbe(
      {
        baseUrl,
        settings,
        client: { host: 'node', agent: `Node ${process.version}` },
        proxied: proxy !== undefined,
        observe: line.show,
        signal: stopping.signal,
        ...(token !== undefined && { token }),
      },
      env,
    );
  } finally {
    line.end();
    await env.close();
  }
}

async function load(file: string): Promise<ProbeResult> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new Error(`--load ${file} cannot be read: ${messageOf(cause)}`, { cause });
  });
  try {
    return parseProbe(text);
  } catch (cause) {
    throw new Error(`--load ${file}: ${messageOf(cause)}`, { cause });
  }
}

async function save(file: string, result: ProbeResult): Promise<void> {
  await writeFile(file, serialise(result)).catch((cause: unknown) => {
    throw new Error(`--save ${file} cannot be written: ${messageOf(cause)}`, { cause });
  });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
