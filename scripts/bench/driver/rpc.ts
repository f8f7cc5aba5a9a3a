import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What a driver process can be asked to do: each takes one value and resolves to one. */
export type Methods = Record<string, (parameters: never) => Promise<unknown>>;

interface Call {
  readonly id: number;
  readonly method: string;
  readonly parameters: unknown;
}

type Reply =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: string; readonly stack: string | undefined };

/** What was called has failed, or its process has ended: the message says which, the stack is that of the process. */
export class RemoteError extends Error {
  override readonly name = 'RemoteError';

  constructor(message: string, stack?: string) {
    super(message);
    if (stack !== undefined) this.stack = stack;
  }
}

/** The process at the other end of a channel. */
export interface Remote<M extends Methods> {
  readonly pid: number;
  call<K extends keyof M & string>(
    method: K,
    parameters: Parameters<M[K]>[0],
  ): Promise<Awaited<ReturnType<M[K]>>>;
  stop(): Promise<void>;
}

/** Starts `file` (a URL) as a process that answers calls; rejects every open call when it ends. */
export function startRemote<M extends Methods>(
  file: URL,
  nodeFlags: readonly string[] = [],
  args: readonly string[] = [],
): Remote<M> {
  const child = fork(fileURLToPath(file), args, {
    execArgv: [...nodeFlags, '--import', 'tsx'],
    serialization: 'advanced',
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const open = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  let lastId = 0;
  const failAll = (error: Error): void => {
    for (const { reject } of open.values()) reject(error);
    open.clear();
  };
  child.on('message', (message) => {
    const reply = message as Reply; // serveCalls sends nothing else
    const call = open.get(reply.id);
    open.delete(reply.id);
    if ('error' in reply) call?.reject(new RemoteError(reply.error, reply.stack));
    else call?.resolve(reply.value);
  });
  child.on('error', failAll);
  child.on('exit', (code, signal) => {
    failAll(new RemoteError(`The process of ${basename(file.pathname)} has ended (${signal ?? code}).`));
  });
  return {
    pid: child.pid ?? -1,
    call(method, parameters) {
      return new Promise((resolve, reject) => {
        const id = ++lastId;
        // The reply to a method's call is what the method returns: serveCalls sees to that.
        open.set(id, { resolve: resolve as (value: unknown) => void, reject });
        child.send({ id, method, parameters } satisfies Call, (error) => {
          if (error) failAll(error);
        });
      });
    },
    stop: () => stop(child),
  };
}

/** Answers the calls of the process that has started this one, and ends with it. */
export function serveCalls(methods: Methods): void {
  process.on('message', async (message) => {
    const { id, method, parameters } = message as Call; // startRemote sends nothing else
    const respond = (reply: Reply) => process.send?.(reply);
    try {
      const work = methods[method];
      if (!work) throw new Error(`There is no ${method}.`);
      respond({ id, value: await work(parameters as never) });
    } catch (error) {
      respond(
        error instanceof Error
          ? { id, error: error.message, stack: error.stack }
          : { id, error: String(error), stack: undefined },
      );
    }
  });
  process.on('disconnect', () => process.exit(0));
  // Ctrl-C reaches the whole group: it is for the harness to decide when this process ends.
  process.on('SIGINT', () => undefined);
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}
