import cluster from 'node:cluster';
import { startServer } from './app.ts';
import { CredentialsError } from './certificate.ts';
import { type Config, readConfig } from './config.ts';
import { Incident, type OnError } from './problem.ts';
import { startWorkers } from './processes/primary.ts';
import { serveAsWorker } from './processes/worker.ts';

const config = readConfig(process.argv.slice(2));

const onError: OnError = (error, { stage }) => {
  console.error(`${stage}:`, error instanceof Incident ? error.message : error);
};

if (cluster.isWorker) serveAsWorker(config, onError, (error) => explainStart(error, config));
else await run();

async function run(): Promise<void> {
  const start = config.workers > 1 ? startWorkers : startServer;
  const server = await start(config, onError).catch((error: unknown) => {
    console.error(explainStart(error, config));
    process.exit(1);
  });

  if (server.fingerprint !== undefined) {
    const which =
      config.tls === 'self-signed' ? 'a certificate that nobody has signed' : 'the certificate given';
    console.log(`TLS with ${which}. Its SHA-256 fingerprint: ${server.fingerprint}`);
  }
  if (server.tcpUrl !== undefined) console.log(`Raw TCP is at ${server.tcpUrl}`);
  // The last line: whoever waits for it knows the other addresses by then.
  console.log(`Transport Lab is at ${server.url}`);

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    let leaving = false;
    // Listened to all the time: between two listeners a signal would end the process on the spot.
    process.on(signal, () => {
      if (leaving) process.exit(1);
      leaving = true;
      console.log(`${signal}: leaving (again to leave at once)`);
      void server.close().then(() => process.exit(0));
    });
  }
}

function explainStart(error: unknown, { host, port }: Config): string {
  if (error instanceof CredentialsError || error instanceof Incident) return error.message;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE')
    return `Port ${port} on ${host} is taken. Choose another with --port, or --port 0 for any free one.`;
  if (code === 'EACCES')
    return `Port ${port} on ${host} may not be opened by this user. Choose one above 1023 with --port.`;
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    return `This machine has no address ${host}. Choose another with --host.`;
  return `The server could not start: ${error instanceof Error ? error.stack : String(error)}`;
}
