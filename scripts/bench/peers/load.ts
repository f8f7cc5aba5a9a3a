import { type Remote, startRemote } from '../driver/rpc.ts';
import { CORES, pin } from '../machine.ts';
import type { SinkMethods } from './sink-main.ts';

/** A process that opens connections and reads them. */
export type Sink = Remote<SinkMethods>;

/** The load: one process for a whole run, so that its code is compiled when it counts. One trial has it at a time. */
export interface Load extends AsyncDisposable {
  /** The process, with no connection open. */
  take(): Promise<Sink>;
  /** After a trial. A process that is not as it was before is ended, and the next trial gets a new one. */
  giveBack(trial: { readonly failed: boolean }): Promise<void>;
}

export function createLoad(): Load {
  let sink: Sink | undefined;
  const end = async (): Promise<void> => {
    const ended = sink;
    sink = undefined;
    await ended?.stop();
  };
  return {
    async take() {
      if (sink) return sink;
      sink = startSink();
      await sink.call('close', undefined);
      await pin(sink.pid, CORES.load);
      return sink;
    },
    async giveBack({ failed }) {
      const left = failed ? Number.NaN : await sink?.call('close', undefined).catch(() => Number.NaN);
      if (left !== 0) await end();
    },
    [Symbol.asyncDispose]: end,
  };
}

export function startSink(): Sink {
  return startRemote<SinkMethods>(new URL('./sink-main.ts', import.meta.url), ['--expose-gc']);
}
