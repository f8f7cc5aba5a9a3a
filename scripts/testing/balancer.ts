import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Addresses } from '../../web/clients/address.ts';
import { runInForeground } from '../compat/foreground.ts';
import { findProgram } from '../compat/product.ts';
import { freePort } from '../free-port.ts';

export const BALANCER_HINT = 'Debian has it as nginx and libnginx-mod-stream.';

const STREAM_MODULE = '/usr/lib/nginx/modules/ngx_stream_module.so';
const README = new URL('../../README.md', import.meta.url);
const READY_WITHIN_MS = 10_000;

/** Whether there is an nginx that can do what README has it do. */
export function hasBalancer(): boolean {
  return findProgram('nginx') !== undefined && existsSync(STREAM_MODULE);
}

/** An nginx before several servers. */
export interface Balancer extends Addresses, AsyncDisposable {
  readonly tcpUrl: string;
}

/** Starts nginx with the configuration that README gives, its ports replaced by those of these three servers. */
export async function startBalancer(labs: readonly Addresses[]): Promise<Balancer> {
  const program = findProgram('nginx');
  if (!program) throw new Error(`There is no nginx on this machine. ${BALANCER_HINT}`);
  const folder = await mkdtemp(join(tmpdir(), 'lab-balancer-'));
  const [http, stream] = [...(await readFile(README, 'utf8')).matchAll(/```nginx\n(.*?)```/gs)].map(
    ([, block = '']) => block,
  );
  if (http === undefined || stream === undefined) throw new Error('README has no configuration of nginx.');
  const [port, tcpPort] = [await freePort(), await freePort()];
  const own = [
    { from: 'listen 8080;', to: `listen 127.0.0.1:${port};` },
    { from: 'listen 8081;', to: `listen 127.0.0.1:${tcpPort};` },
    ...labs.flatMap(({ url, tcpUrl }, i) => [
      { from: `127.0.0.1:${3001 + i} `, to: `${new URL(url).host} ` },
      { from: `127.0.0.1:${4001 + i} `, to: `${new URL(tcpUrl ?? url).host} ` },
    ]),
  ];
  const replaced = (text: string) => own.reduce((all, { from, to }) => all.replaceAll(from, to), text);
  const config = `load_module ${STREAM_MODULE};
daemon off;
${process.getuid?.() === 0 ? 'user root;\n' : ''}pid nginx.pid;
error_log stderr;
events { worker_connections 1024; }
http {
access_log off;
${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `${kind}_temp_path tmp/${kind};`).join('\n')}
${replaced(http)}}
stream {
${replaced(stream)}}
`;
  await mkdir(join(folder, 'tmp'));
  await writeFile(join(folder, 'nginx.conf'), config);
  const run = runInForeground(program, ['-e', 'stderr', '-p', folder, '-c', join(folder, 'nginx.conf')], {
    folder,
  });
  const url = `http://127.0.0.1:${port}`;
  const deadline = performance.now() + READY_WITHIN_MS;
  const end = async (): Promise<void> => {
    await run.end();
    await rm(folder, { recursive: true, force: true });
  };
  while ((await fetch(`${url}/healthz`).catch(() => undefined))?.status !== 200) {
    if (run.hasEnded() || performance.now() > deadline) {
      const log = run.log();
      await end();
      throw new Error(`nginx does not run:\n${log}`);
    }
    await sleep(20);
  }
  return { url, tcpUrl: `tcp://127.0.0.1:${tcpPort}`, [Symbol.asyncDispose]: end };
}
