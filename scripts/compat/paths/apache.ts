import { join } from 'node:path';
import type { PathContext, ProductPath } from '../path.ts';
import { startProduct, wholeSeconds } from '../product.ts';

export default {
  title: 'Apache httpd',
  family: 'product',
  role: 'reverse proxy',
  command: 'apache2',
  debianPackage: 'apache2',
  version: { arguments: ['-v'], pattern: /Apache\/([\d.]+)/ },
  standsFor:
    'The web server of shared hosting and of company intranets, where applications stand behind mod_proxy. ' +
    'Shipped, it drops Upgrade.',
  start: (context) =>
    startProduct(context, 'reverse proxy', (port) => ({
      files: { 'apache2.conf': config(context, port) },
      args: ['-DFOREGROUND', '-d', context.folder, '-f', join(context.folder, 'apache2.conf')],
      logs: ['error.log'],
    })),
} satisfies ProductPath;

const MODULES = ['mpm_event', 'authz_core', 'filter', 'deflate', 'reqtimeout', 'proxy', 'proxy_http'];

/** Debian's apache2.conf and the modules it enables, as far as they concern a proxy, with one `ProxyPass`. */
function config(context: PathContext, port: number): string {
  const { target, variant } = context;
  const tuned = variant === 'tuned';
  const root = process.getuid?.() === 0;
  return `${MODULES.map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so\n`).join('')}\
ServerName 127.0.0.1
Listen 127.0.0.1:${port}
PidFile apache2.pid
DefaultRuntimeDir .
Mutex posixsem
ErrorLog error.log
LogLevel warn
${root ? 'User www-data\nGroup www-data\n' : ''}\
Timeout ${tuned ? 300 : wholeSeconds(context, 300)}
KeepAlive On
MaxKeepAliveRequests 100
KeepAliveTimeout 5
RequestReadTimeout header=20-40,minrate=500
RequestReadTimeout body=10,minrate=500
AddOutputFilterByType DEFLATE text/html text/plain text/xml text/css text/javascript
${
  tuned
    ? `ProxyPreserveHost On
ProxyPass / ${target.origin}/ upgrade=websocket timeout=3600`
    : `ProxyPass / ${target.origin}/`
}
`;
}
