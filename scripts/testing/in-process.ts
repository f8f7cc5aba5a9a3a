import { startServer } from '../../server/app.ts';
import { readConfig } from '../../server/config.ts';

/** A server within the test's own process: quick to start, its failures in hand. */
export interface InProcessLab extends AsyncDisposable {
  readonly url: string;
  /** Of what is spoken on a port of its own, where `flags` have one opened. */
  readonly tcpUrl: string | undefined;
  readonly port: number;
  /** What it could tell no client about. */
  readonly failures: readonly unknown[];
  close(): Promise<void>;
}

/** Starts one on a free port, without synthetic messages and quick to leave, unless `flags` ask for other things. */
export async function startInProcess(flags: readonly string[] = []): Promise<InProcessLab> {
  const failures: unknown[] = [];
  const config = readConfig(['--port', '0', '--rate', '0', '--drain-ms', '100', ...flags]);
  const server = await startServer(config, (error, { stage }) => {
    failures.push({ stage, error });
  });
  return {
    url: server.url,
    tcpUrl: server.tcpUrl,
    port: Number(new URL(server.url).port),
    failures,
    close: () => server.close(),
    [Symbol.asyncDispose]: () => server.close(),
  };
}
