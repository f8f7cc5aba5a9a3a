import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Addresses } from '../../web/clients/address.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const READY = /^Transport Lab is at (\S+)$/;
/** Printed before, by a server that has such a port. */
const TCP = /^Raw TCP is at (\S+)$/;

/** The variable that says where a built server lies, where there is one: it is started then in place of the source. */
export const BUILT_SERVER = 'TRANSPORT_LAB_BUILT_SERVER';

/** After this the server is taken for stuck: ms. */
const READY_WITHIN_MS = 20_000;

/** How a server process ended. */
export interface LabExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** All that it printed, both streams. */
  readonly output: string;
}

/** A server process of its own. `await using` ends it, however the block is left. */
export interface Lab extends AsyncDisposable {
  readonly url: string;
  /** Of what is spoken on a port of its own, where `flags` have one opened. */
  readonly tcpUrl: string | undefined;
  readonly pid: number;
  /** All that the present process has printed so far, both streams. */
  readonly output: string;
  /** Settles when the present process ends. */
  readonly exited: Promise<LabExit>;
  /** Sends a signal, SIGTERM by default, and waits for the end. One that has ended already is left at that. */
  stop(signal?: NodeJS.Signals): Promise<LabExit>;
  /** Ends what runs (SIGKILL by default: no goodbye) and starts a new process on the same port. */
  restart(signal?: NodeJS.Signals): Promise<void>;
}

/** Starts a server on a free port, without synthetic messages unless `flags` ask for them, and waits until it is ready. */
export async function startLab(flags: readonly string[] = [], options: LaunchOptions = {}): Promise<Lab> {
  let run = await start(['--port', '0', '--rate', '0', ...flags], options);
  let disposed = false;
  const { url, tcpUrl } = run.addresses;
  const { port } = new URL(url);
  const tcpPort = tcpUrl === undefined ? [] : ['--tcp-port', new URL(tcpUrl).port];
  return {
    url,
    tcpUrl,
    get pid() {
      return run.pid;
    },
    get output() {
      return run.output();
    },
    get exited() {
      return run.exited;
    },
    stop: (signal) => run.stop(signal),
    async restart(signal = 'SIGKILL') {
      await run.stop(signal);
      if (!disposed) run = await start(['--rate', '0', ...flags, '--port', port, ...tcpPort], options);
      // It may have been let go of meanwhile.
      if (disposed) await run.stop('SIGKILL');
    },
    async [Symbol.asyncDispose]() {
      disposed = true;
      await run.stop('SIGKILL');
    },
  };
}

/** Runs a server's command line to its end, for those that are not meant to start. */
export async function runLabToEnd(
  flags: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): Promise<LabExit> {
  return launch(flags, { environment }).exited;
}

interface Run {
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly exited: Promise<LabExit>;
}

export interface LaunchOptions {
  readonly environment?: NodeJS.ProcessEnv;
  /** In place of the Node that runs this. */
  readonly program?: string;
  /** Whether it is left alone by what ends the others at a terminal, where the system has such groups. */
  readonly ownGroup?: boolean;
}

function launch(
  flags: readonly string[],
  { environment = {}, program = process.execPath, ownGroup = false }: LaunchOptions,
): Run {
  // What the caller's shell has set for a lab of its own must not reach the ones under test.
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('LAB_'));
  const built = process.env[BUILT_SERVER];
  const script = built === undefined ? ['--import', 'tsx', 'server/main.ts'] : [built];
  const child = spawn(program, [...script, ...flags], {
    cwd: ROOT,
    env: { ...Object.fromEntries(inherited), ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: ownGroup && process.platform !== 'win32',
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  // Where the tests themselves are ended, their servers go with them.
  const end = (): void => void child.kill('SIGKILL');
  process.once('exit', end);
  const exited = once(child, 'close').then(([code, signal]) => {
    process.off('exit', end);
    return { code, signal, output };
  });
  return { child, output: () => output, exited };
}

async function start(flags: readonly string[], options: LaunchOptions) {
  const run = launch(flags, options);
  const { child, exited } = run;
  const stop = async (signal: NodeJS.Signals = 'SIGTERM'): Promise<LabExit> => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    return exited;
  };
  let timer: NodeJS.Timeout | undefined;
  try {
    const addresses = await Promise.race([
      readAddresses(child),
      exited.then(({ code, output }) => {
        throw new Error(`The server ended (${code}) before it was ready:\n${output}`);
      }),
      new Promise<never>((_, reject) => {
        timer = setTimeout(
          () => reject(new Error(`The server was not ready after ${READY_WITHIN_MS} ms:\n${run.output()}`)),
          READY_WITHIN_MS,
        );
      }),
    ]);
    if (child.pid === undefined) throw new Error('A server that is ready has no pid.');
    return { ...run, addresses, pid: child.pid, stop };
  } catch (error) {
    await stop('SIGKILL');
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** The addresses in the lines a server prints when it is ready; never settles where it prints none. */
function readAddresses({ stdout }: ChildProcess): Promise<Addresses> {
  return new Promise((resolve) => {
    if (!stdout) return;
    let tcpUrl: string | undefined;
    createInterface({ input: stdout }).on('line', (line) => {
      tcpUrl ??= TCP.exec(line)?.[1];
      const url = READY.exec(line)?.[1];
      if (url) resolve({ url, tcpUrl });
    });
  });
}
