import { join } from 'node:path';
import type { PathContext, ProductPath } from '../path.ts';
import { startProduct } from '../product.ts';

export default {
  title: 'Caddy',
  family: 'product',
  role: 'reverse proxy',
  command: 'caddy',
  debianPackage: 'caddy',
  version: { arguments: ['version'], pattern: /v?(\d[\d.]+)/ },
  standsFor: 'Reverse proxies of the newer kind, which know streams and upgrades without being told.',
  start: (context) =>
    startProduct(context, 'reverse proxy', (port) => ({
      files: { Caddyfile: config(context, port) },
      args: ['run', '--config', join(context.folder, 'Caddyfile'), '--adapter', 'caddyfile'],
      env: { XDG_DATA_HOME: context.folder, XDG_CONFIG_HOME: context.folder, HOME: context.folder },
    })),
} satisfies ProductPath;

/** The `reverse_proxy` of its own example; nothing has to be tuned, so that `tuned` is what its manual adds for streams. */
function config({ target, variant }: PathContext, port: number): string {
  return `{
  admin off
  auto_https off
  grace_period 1s
}
http://:${port} {
  bind 127.0.0.1
  reverse_proxy ${target.host}${variant === 'tuned' ? ' {\n    flush_interval -1\n  }' : ''}
}
`;
}
