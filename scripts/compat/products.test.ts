import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, type TestContext, test } from 'vitest';
import { feedPath, type TransportName } from '../../server/wire.ts';
import type { Activity } from '../../web/clients/client.ts';
import { subscribe } from '../../web/clients/subscribe.ts';
import { createNodeEnv } from '../node-env.ts';
import { type Lab, startLab } from '../testing/lab.ts';
import type { PathContext, ProductPath, RunningPath, Variant } from './path.ts';
import { findProgram, readVersion, startProduct } from './product.ts';

/** Where CI is set these are installed, and one that is missing is a failure. */
const EXPECTED = ['nginx', 'haproxy', 'apache', 'lighttpd', 'squid', 'tinyproxy', 'privoxy'];
const NAMES = [...EXPECTED, 'varnish', 'caddy', 'nghttpx'];
const VARIANTS: readonly Variant[] = ['as shipped', 'tuned'];

/** Far below the 200 ms that a delayed acknowledgement takes, far above what a busy machine does. */
const PROMPT_MS = 120;

/** Far above what carrying takes, and short of a test's time, so that it can be told what came instead: ms. */
const CARRIED_WITHIN_MS = 10_000;

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab[Symbol.asyncDispose]());

describe.concurrent('a product’s process', () => {
  test('takes another port where its own has been taken meanwhile', async (its) => {
    const context = await createScript(
      its,
      `
      const fail = () => { console.error('bind(): Address already in use'); process.exit(1); };
      if (process.argv[2] === 'taken') fail(); else serve(process.argv[3]);
    `,
    );
    let tries = 0;
    await using running = await startProduct(context, 'reverse proxy', (port) => {
      tries++;
      return { files: {}, args: ['script.mjs', tries === 1 ? 'taken' : 'free', String(port)] };
    });
    expect(tries).toBe(2);
    expect(await healthOf(running)).toBe(200);
  });

  test('is ended with all that it has forked, even where it will not listen', async (its) => {
    const context = await createScript(
      its,
      `
      process.on('SIGTERM', () => {});
      if (process.argv[2] === 'worker') serve(process.argv[3]);
      else fork('script.mjs', ['worker', process.argv[2]]);
    `,
    );
    const running = await startProduct(context, 'reverse proxy', (port) => ({
      files: {},
      args: ['script.mjs', String(port)],
    }));
    await running[Symbol.asyncDispose]();
    expect(await isListening(running.baseUrl)).toBe(false);
  });

  test('goes when those who started it end without a word', async (its) => {
    const { folder } = await createScript(its, 'serve(process.argv[2]);');
    const parent = `
      import { startProduct } from ${JSON.stringify(new URL('product.ts', import.meta.url).href)};
      const context = {
        program: process.execPath, folder: ${JSON.stringify(folder)}, target: new URL('http://127.0.0.1:9'),
      };
      const { baseUrl } = await startProduct(context, 'reverse proxy', (port) => ({
        files: {}, args: ['script.mjs', String(port)],
      }));
      console.log(baseUrl);
      process.stdin.once('data', () => process.exit(3));
    `;
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', parent], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const [url] = await once(child.stdout.setEncoding('utf8'), 'data');
    const product = connect(Number(new URL(url).port), '127.0.0.1').resume();
    const cut = new Promise((resolve) => product.on('error', resolve).on('close', resolve));
    await once(product, 'connect');
    child.stdin.write('go');
    await cut;
    expect(await isListening(url)).toBe(false);
  });

  test('that cannot be run is an error in words', async (its) => {
    const context = await createContext(its, { program: join(tmpdir(), 'no-such-program') });
    const setup = () => ({ files: { 'a.conf': 'shown' }, args: [] });
    await expect(startProduct(context, 'reverse proxy', setup)).rejects.toThrow(/could not be run.*shown/s);
  });

  test('is not looked for in vain', () => {
    expect(findProgram('no-such-program')).toBeUndefined();
  });
});

describe.concurrent.each(NAMES)('%s', (name) => {
  test.for(VARIANTS)('%s: starts, carries, and is gone', async (variant, its) => {
    const { path, program } = await installed(name, its);
    const context = await createContext(its, { variant, program, timeScale: 0.05 });
    const running = await path.start(context);
    try {
      expect(await healthOf(running)).toBe(200);
      if (process.platform === 'linux') expect(await processesOf(context.folder)).not.toEqual([]);
      if (variant === 'tuned') {
        expect(await quickestMs(running, 'websocket', name)).toBeLessThan(PROMPT_MS);
        expect(await quickestMs(running, 'sse', name)).toBeLessThan(PROMPT_MS);
      }
    } finally {
      await running[Symbol.asyncDispose]();
    }
    expect(await isListening(running.proxy ?? running.baseUrl)).toBe(false);
    if (process.platform === 'linux') expect(await processesOf(context.folder)).toEqual([]);
  });

  test('has a version, and says what is wrong with its configuration', async (its) => {
    const { path, program } = await installed(name, its);
    expect(await readVersion(program, path.version)).toMatch(/^\d+\.\d+/);
    // No address and no number that any of them would take.
    const target = { origin: 'no url', host: '}', hostname: '}', port: 'none' } as URL;
    const variant = name === 'squid' ? 'tuned' : 'as shipped';
    const broken = { variant, program, timeScale: 0.05, target, scaled: () => Number.NaN } as const;
    const context = await createContext(its, broken);
    const words = /It said:\n(.+)\nIts configuration:/s;
    await expect(path.start(context)).rejects.toThrow(words);
    if (process.platform === 'linux') expect(await processesOf(context.folder)).toEqual([]);
  });
});

async function installed(name: string, its: TestContext): Promise<{ path: ProductPath; program: string }> {
  const { default: path }: { default: ProductPath } = await import(`./paths/${name}.ts`);
  const program = findProgram(path.command);
  if (program !== undefined) return { path, program };
  const reason = `${path.command} is not installed (Debian: ${path.debianPackage}).`;
  if (process.env['CI'] && EXPECTED.includes(name)) throw new Error(`${reason} Where CI is set it must be.`);
  return its.skip(reason);
}

async function createContext(its: TestContext, given: Partial<PathContext>): Promise<PathContext> {
  const folder = await mkdtemp(join(tmpdir(), 'lab-product-'));
  its.onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  const timeScale = given.timeScale ?? 1;
  return {
    target: new URL(lab.url),
    folder,
    variant: 'as shipped',
    program: process.execPath,
    timeScale,
    scaled: (seconds) => Math.max(1, Math.round(seconds * 1000 * timeScale)),
    ...given,
  };
}

/** A context whose folder has a script of this code in it, for Node to be the product. */
async function createScript(its: TestContext, code: string): Promise<PathContext> {
  const context = await createContext(its, {});
  await writeFile(
    join(context.folder, 'script.mjs'),
    `import { fork } from 'node:child_process';
    import { createServer } from 'node:http';
    const serve = (port) => createServer((request, response) => response.end()).listen(Number(port), '127.0.0.1');
    ${code}`,
  );
  return context;
}

async function healthOf({ baseUrl, proxy }: RunningPath): Promise<number> {
  await using env = createEnv(proxy);
  const { status } = await env.fetch(`${baseUrl}/healthz`, { signal: AbortSignal.timeout(5000) });
  return status;
}

/** From a message's publication to its arrival, the shortest of a few: ms. */
async function quickestMs(path: RunningPath, transport: TransportName, name: string): Promise<number> {
  await using env = createEnv(path.proxy);
  const ending = AbortSignal.timeout(CARRIED_WITHIN_MS);
  const topic = `${name}-${transport}`;
  const activities: Activity[] = [];
  // A naive server's answers: all that they need on the way is the product's own doing.
  const options = {
    baseUrl: path.baseUrl,
    topic,
    transport,
    manners: 'naive',
    signal: ending,
    observe: (activity: Activity) => void activities.push(activity),
  } as const;
  const events = subscribe({ ...options, after: 'earliest' }, env)[Symbol.asyncIterator]();
  const times: number[] = [];
  const take = async (): Promise<void> => {
    const { done } = await events.next();
    if (done) throw new Error(`A message did not come: ${JSON.stringify(activities)}. ${path.log?.()}`);
  };
  // Varnish 7.1 keeps what comes right behind a head until more comes, every third time.
  const first = take();
  let published = 0;
  do {
    await publish(topic);
    published += 1;
  } while (!(await Promise.race([first.then(() => true), sleep(PROMPT_MS, false)])));
  while (--published > 0) await take();
  // The first ones are acknowledged at once, whatever the product does about Nagle's algorithm.
  for (let i = 0; i < 5; i++) {
    const sentAt = performance.now();
    await publish(topic);
    await take();
    times.push(performance.now() - sentAt);
  }
  await events.return?.();
  return Math.min(...times.slice(2));
}

async function publish(topic: string): Promise<void> {
  const body = JSON.stringify({ type: 'note', data: null });
  const response = await fetch(`${lab.url}${feedPath(topic, 'messages')}`, { method: 'POST', body });
  expect(response.status).toBe(201);
}

function createEnv(proxy: string | undefined) {
  const now = () => performance.timeOrigin + performance.now();
  const env = createNodeEnv({ now, ...(proxy !== undefined && { proxy }) });
  return { ...env, [Symbol.asyncDispose]: () => env.close() };
}

async function isListening(url: string): Promise<boolean> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  const answered = await once(socket, 'connect').then(
    () => true,
    () => false,
  );
  socket.destroy();
  return answered;
}

/** Processes that stand in a folder or were started with its name, as Linux tells: their command lines. */
async function processesOf(folder: string): Promise<readonly string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(
    pids.map(async (pid) => {
      const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      const cwd = await readlink(`/proc/${pid}/cwd`).catch(() => '');
      return command.includes(folder) || cwd.startsWith(folder) ? [`${pid} ${command}`] : [];
    }),
  );
  return lines.flat();
}
