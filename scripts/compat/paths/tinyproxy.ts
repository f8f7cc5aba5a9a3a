import { join } from 'node:path';
import type { PathContext, ProductPath } from '../path.ts';
import { startProduct, wholeSeconds } from '../product.ts';

export default {
  title: 'Tinyproxy',
  family: 'product',
  role: 'forward proxy',
  command: 'tinyproxy',
  debianPackage: 'tinyproxy',
  version: { arguments: ['-v'], pattern: /tinyproxy ([\d.]+)/ },
  standsFor:
    'The small forward proxy of routers, containers and developers’ machines. Shipped, it tunnels to ' +
    'any port.',
  start: (context) =>
    startProduct(context, 'forward proxy', (port) => ({
      files: { 'tinyproxy.conf': config(context, port) },
      args: ['-d', '-c', join(context.folder, 'tinyproxy.conf')],
    })),
} satisfies ProductPath;

/** The lines of Debian's tinyproxy.conf that are in force: its ConnectPort lines are not. */
function config(context: PathContext, port: number): string {
  return `Port ${port}
Listen 127.0.0.1
Timeout ${context.variant === 'tuned' ? 3600 : wholeSeconds(context, 600)}
LogLevel Info
MaxClients 100
Allow 127.0.0.1
ViaProxyName "tinyproxy"
`;
}
