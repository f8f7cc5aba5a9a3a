import { TRANSPORT_NAMES, TRANSPORTS } from '../../server/wire.ts';
import { addressOf } from '../../web/clients/address.ts';
import { type LaunchOptions, startLab } from '../testing/lab.ts';
import type { LineMethods } from './driver/line.ts';
import type { DriverMethods } from './driver/main.ts';
import { type Remote, startRemote } from './driver/rpc.ts';
import { CORES, pin } from './machine.ts';
import type { TrialContext } from './scenario.ts';

/** What is spoken on a port of its own is off by default. */
const OWN_PORT_FLAGS = TRANSPORT_NAMES.some((name) => TRANSPORTS[name].ownPort) ? ['--tcp-port', '0'] : [];

const FLAGS = ['--log-messages', '100000', ...OWN_PORT_FLAGS];

export interface StageOptions extends Pick<TrialContext, 'seed' | 'step'> {
  /** Rejects as soon as nobody wants it any more. */
  readonly unlessAborted: <T>(running: Promise<T>) => Promise<T>;
}

/** Starts a server and a load, has `work` done with them, and leaves nothing of either behind, however it ends. */
export async function onStage<T>(
  serverFlags: readonly string[],
  { seed, step, unlessAborted }: StageOptions,
  work: (context: TrialContext) => Promise<T>,
  launch: LaunchOptions = {},
): Promise<T> {
  const remotes: { stop(): Promise<void> }[] = [];
  const openLine = async (): Promise<Remote<LineMethods>> => {
    const line = startRemote<LineMethods>(new URL('./driver/line.ts', import.meta.url));
    remotes.push(line);
    await pin(line.pid, CORES.load);
    return line;
  };
  try {
    // Side by side: neither is measured while it starts.
    const driver = startRemote<DriverMethods>(new URL('./driver/main.ts', import.meta.url));
    remotes.push(driver);
    await using lab = await startLab([...FLAGS, ...serverFlags], launch);
    await Promise.all([pin(lab.pid, CORES.server), pin(driver.pid, CORES.load)]);
    await driver.call('connect', lab.url);
    const delayed = new Map<string, Promise<string>>();
    const context: TrialContext = {
      lab,
      driver,
      seed,
      step,
      openLine,
      async addressOf(transport, delayMs = 0) {
        const target = addressOf(transport, lab);
        if (delayMs === 0) return target;
        const key = `${delayMs} ${target}`;
        const opening = delayed.get(key) ?? openLine().then((line) => line.call('open', { target, delayMs }));
        delayed.set(key, opening);
        return opening;
      },
    };
    return await unlessAborted(work(context));
  } finally {
    await Promise.all(remotes.map((remote) => remote.stop()));
  }
}
