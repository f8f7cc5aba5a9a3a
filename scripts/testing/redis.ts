import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Foreground, runInForeground } from '../compat/foreground.ts';
import { findProgram } from '../compat/product.ts';
import { freePort } from '../free-port.ts';

const REDIS_HINT = 'Debian has it as redis-server.';

/** After this one is taken for stuck: ms. */
const READY_WITHIN_MS = 10_000;
const ASK_EVERY_MS = 10;

/** The program, where it is installed. */
function findRedis(): string | undefined {
  return findProgram('redis-server');
}

/** Why there can be none on this machine; undefined where there can. */
export function whyNoRedis(): string | undefined {
  return findRedis() ? undefined : `there is no redis-server. ${REDIS_HINT}`;
}

/** A Redis of its own, which writes nothing to disk: started again it is empty. */
export interface Redis extends AsyncDisposable {
  readonly url: string;
  /** Of the present process; 0 where there is none. */
  readonly pid: number;
  /** Ends it as if its machine had lost power. */
  kill(): Promise<void>;
  /** Starts it on its port, empty. */
  start(): Promise<void>;
  /** It goes on existing and answers nothing, until `resume`. */
  pause(): void;
  resume(): void;
  /** Has it do something, as by hand. */
  command(line: string): Promise<void>;
}

/** Starts one on a free port of 127.0.0.1, unless it is to be `started` later. */
export async function createRedis({ started = true } = {}): Promise<Redis> {
  const program = findRedis();
  if (!program) throw new Error(`There is no Redis on this machine. ${REDIS_HINT}`);
  const folder = await mkdtemp(join(tmpdir(), 'lab-redis-'));
  const port = await freePort();
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  let run: Foreground | undefined;
  const start = async (): Promise<void> => {
    run = runInForeground(program, args, { folder });
    const deadline = performance.now() + READY_WITHIN_MS;
    while (!(await answers(port))) {
      if (run.hasEnded() || performance.now() > deadline)
        throw new Error(`Redis does not run:\n${run.log()}`);
      await sleep(ASK_EVERY_MS);
    }
  };
  if (started) await start();
  return {
    url: `redis://127.0.0.1:${port}`,
    get pid() {
      return run?.pid ?? 0;
    },
    start,
    async kill() {
      run?.signal('SIGKILL');
      await run?.end();
    },
    pause: () => run?.signal('SIGSTOP'),
    resume: () => run?.signal('SIGCONT'),
    async command(line) {
      const reply = await ask(port, line);
      if (reply.startsWith('-')) throw new Error(`Redis answers ${line} with ${reply}`);
    },
    async [Symbol.asyncDispose]() {
      run?.signal('SIGKILL');
      await run?.end();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function answers(port: number): Promise<boolean> {
  return (await ask(port, 'PING').catch(() => '')) === '+PONG';
}

/** Its first line of answer to a command. */
async function ask(port: number, line: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  try {
    socket.write(`${line}\r\n`);
    const [reply]: Buffer[] = await once(socket, 'data');
    return String(reply).split('\r\n')[0] ?? '';
  } finally {
    socket.destroy();
  }
}
