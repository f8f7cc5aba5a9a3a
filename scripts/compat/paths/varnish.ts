import { join } from 'node:path';
import type { PathContext, ProductPath } from '../path.ts';
import { startProduct } from '../product.ts';

export default {
  title: 'Varnish',
  family: 'product',
  role: 'reverse proxy',
  command: 'varnishd',
  debianPackage: 'varnish',
  version: { arguments: ['-V'], pattern: /varnish-([\d.]+)/ },
  standsFor:
    'Caches in front of servers, CDNs among them (some are made of it). Shipped, it keeps for two minutes what ' +
    'nobody has said must not be kept, and drops Upgrade.',
  start: (context) =>
    startProduct(context, 'reverse proxy', (port) => {
      const { folder } = context;
      const options = parameters(context);
      return {
        files: { 'lab.vcl': vcl(context) },
        // It has its configuration compiled, by the C compiler that its package depends on.
        args: [
          ...['-F', '-j', 'none', '-n', join(folder, 'work'), '-f', join(folder, 'lab.vcl')],
          ...['-a', `127.0.0.1:${port}`, '-T', 'none', '-s', 'malloc,256m', '-l', '4m', ...options],
        ],
        options,
      };
    }),
} satisfies ProductPath;

/** Debian's default.vcl, which has nothing but a backend; what is not said there the built-in VCL does. */
function vcl({ target, variant }: PathContext): string {
  return `vcl 4.1;
backend default {
  .host = "${target.hostname}";
  .port = "${target.port}";
}
${variant === 'tuned' ? TUNED : ''}`;
}

const TUNED = `sub vcl_recv {
  if (req.http.Upgrade ~ "(?i)websocket") { return (pipe); }
  if (req.url ~ "^/(feeds|api)/") { return (pass); }
}
sub vcl_pipe {
  if (req.http.Upgrade) {
    set bereq.http.Upgrade = req.http.Upgrade;
    set bereq.http.Connection = req.http.Connection;
  }
}
`;

/**
 * Its idle limits. How long it keeps answers (two minutes) is not scaled: that is longer than a probe's silence at
 * any scale, as it is in the world.
 */
function parameters(context: PathContext): readonly string[] {
  const limits = (seconds: number) =>
    ['first_byte_timeout', 'between_bytes_timeout', 'pipe_timeout', 'idle_send_timeout'].flatMap((name) => [
      '-p',
      `${name}=${seconds}`,
    ]);
  if (context.timeScale === 1 && context.variant === 'as shipped') return [];
  return context.variant === 'tuned'
    ? [...limits(3600), '-p', 'send_timeout=86400']
    : limits(context.scaled(60) / 1000);
}
