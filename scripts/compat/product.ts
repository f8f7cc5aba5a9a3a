import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { type IncomingMessage, request } from 'node:http';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { freePort } from '../free-port.ts';
import { canRun } from '../testing/chromium.ts';
import { type Foreground, runInForeground } from './foreground.ts';
import type { PathContext, ProductPath, RunningPath } from './path.ts';

/** How a product is to be run on a port. */
interface Setup {
  /** Configuration files by their names in the path's folder. */
  readonly files: Readonly<Record<string, string>>;
  readonly args: readonly string[];
  /** Arguments that belong to the configuration, for those who want to see it. */
  readonly options?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Files in the folder that it writes its log to, where it does not print it. */
  readonly logs?: readonly string[];
}

/** After this a product is taken for stuck: ms. */
const READY_WITHIN_MS = 20_000;
const ASK_EVERY_MS = 50;

/** Between taking a free port and using it somebody else may take it. */
const PORT_TRIES = 3;
const PORT_TAKEN =
  /address already in use|cannot bind|can't bind|could not bind|EADDRINUSE|create listening sockets/i;

/** A program's file: on PATH, or in the folders that only root's PATH has. Undefined where it is not installed. */
export function findProgram(command: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin'];
  return folders
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, command))
    .find(canRun);
}

/** `1.22.1`; null where it does not say. */
export async function readVersion(
  program: string,
  { arguments: args, pattern }: ProductPath['version'],
): Promise<string | null> {
  const run = promisify(execFile)(program, [...args], { timeout: READY_WITHIN_MS });
  // Some end with an error after they have told their version.
  const { stdout, stderr } = await run.catch((error: { stdout?: string; stderr?: string }) => error);
  const match = pattern.exec(`${stdout ?? ''}\n${stderr ?? ''}`);
  return match?.[1] ?? match?.[0] ?? null;
}

/**
 * Starts a product in the foreground on a free port of 127.0.0.1 and waits until a request comes through it.
 * Rejects with the product's own words and its configuration where that does not happen.
 */
export async function startProduct(
  context: PathContext,
  role: ProductPath['role'],
  configure: (port: number) => Setup,
): Promise<RunningPath> {
  for (let tries = 1; ; tries++) {
    const port = await freePort();
    const setup = configure(port);
    for (const [name, text] of Object.entries(setup.files)) await writeFile(join(context.folder, name), text);
    const run = runInForeground(context.program, setup.args, { ...setup, folder: context.folder });
    const own = `http://127.0.0.1:${port}`;
    const baseUrl = role === 'forward proxy' ? context.target.origin : own;
    const proxy = role === 'forward proxy' ? own : undefined;
    const failure = await untilReady(run, baseUrl, proxy);
    if (failure === undefined) {
      return {
        baseUrl,
        ...(proxy !== undefined && { proxy }),
        config: configText(setup),
        log: run.log,
        [Symbol.asyncDispose]: run.end,
      };
    }
    await run.end();
    const log = run.log();
    if (tries < PORT_TRIES && PORT_TAKEN.test(log)) continue;
    throw new Error(
      `${context.program} ${failure}.\nIt said:\n${log || '(nothing)'}\nIts configuration:\n${configText(setup)}`,
    );
  }
}

/** A time limit for products that know whole seconds only: at least 1. */
export function wholeSeconds(context: PathContext, seconds: number): number {
  return Math.max(1, Math.round(context.scaled(seconds) / 1000));
}

/** Lines that only a shortened run needs: at time scale 1 a product's default is left to the product. */
export function whereScaled(context: PathContext, text: string): string {
  return context.timeScale === 1 ? '' : text;
}

/** Waits until a request comes through. Returns why none did, in words, or undefined where one did. */
async function untilReady(
  run: Foreground,
  baseUrl: string,
  proxy: string | undefined,
): Promise<string | undefined> {
  const deadline = performance.now() + READY_WITHIN_MS;
  let last = 'no answer';
  while (performance.now() < deadline) {
    last = await ask(`${baseUrl}/healthz`, proxy).catch((error: Error) => error.message);
    if (run.hasEnded()) return run.ended;
    if (last === '200') return undefined;
    await sleep(ASK_EVERY_MS);
  }
  return `let no request through in ${READY_WITHIN_MS / 1000} s (the last one: ${last})`;
}

/** The status of a GET, through a forward proxy where there is one (RFC 9112 §3.2.2). */
async function ask(url: string, proxy: string | undefined): Promise<string> {
  const options = { agent: false, timeout: 1000 };
  const asked = proxy === undefined ? request(url, options) : request(proxy, { ...options, path: url });
  asked.on('error', () => undefined); // one after the answer's head is of no interest
  asked.once('timeout', () => asked.destroy(new Error('no answer in a second')));
  asked.end();
  const [response]: IncomingMessage[] = await once(asked, 'response');
  response?.resume();
  return String(response?.statusCode);
}

function configText({ files, options = [] }: Setup): string {
  return [...Object.values(files), ...(options.length > 0 ? [`# options: ${options.join(' ')}\n`] : [])].join(
    '',
  );
}
