import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync } from 'node:fs';
import { join } from 'node:path';
import type { PathContext, ProductPath } from '../path.ts';
import { startProduct, whereScaled, wholeSeconds } from '../product.ts';

export default {
  title: 'Squid',
  family: 'product',
  role: 'forward proxy',
  command: 'squid',
  debianPackage: 'squid',
  version: { arguments: ['-v'], pattern: /Version ([\d.]+)/ },
  standsFor:
    'The proxy that companies, schools and hotels make their users go through. Shipped, it tunnels to port ' +
    '443 only, so that WebSocket without TLS is refused.',
  start: async (context) => {
    giveToSquid(context.folder);
    return startProduct(context, 'forward proxy', (port) => ({
      files: { 'squid.conf': config(context, port) },
      // Its name is also that of its shared memory, which two of them must not share.
      args: ['-N', '-n', `lab${port}`, '-f', join(context.folder, 'squid.conf')],
      logs: ['cache.log'],
    }));
  },
} satisfies ProductPath;

/** Started by root it goes on as this user. */
const SQUID_USER = 'proxy';

function giveToSquid(folder: string): void {
  if (process.getuid?.() !== 0) return;
  const uid = Number(execFileSync('id', ['-u', SQUID_USER]));
  chownSync(folder, uid, 0);
  chmodSync(folder, 0o755);
}

/** The lines of Debian's squid.conf that are in force; then what is needed to run beside others. */
function config(context: PathContext, port: number): string {
  const { target, folder, variant } = context;
  return `acl SSL_ports port 443${variant === 'tuned' ? ` ${target.port}` : ''}
acl Safe_ports port 80 21 443 70 210 1025-65535 280 488 591 777
http_access deny !Safe_ports
http_access deny CONNECT !SSL_ports
http_access allow localhost manager
http_access deny manager
http_access allow localhost
http_access deny all
refresh_pattern ^ftp: 1440 20% 10080
refresh_pattern ^gopher: 1440 0% 1440
refresh_pattern -i (/cgi-bin/|\\?) 0 0% 0
refresh_pattern . 0 20% 4320
${variant === 'tuned' ? TUNED : whereScaled(context, scaledLimits(context))}
http_port 127.0.0.1:${port}
visible_hostname lab-proxy
udp_incoming_address 127.0.0.1
udp_outgoing_address 127.0.0.1
coredump_dir ${folder}
cache_log ${folder}/cache.log
access_log none
pid_filename ${folder}/squid.pid
pinger_enable off
shutdown_lifetime 0 seconds
`;
}

const TUNED = 'read_timeout 1 day\n';

function scaledLimits(context: PathContext): string {
  return `read_timeout ${wholeSeconds(context, 15 * 60)} seconds
client_lifetime ${wholeSeconds(context, 24 * 3600)} seconds
`;
}
