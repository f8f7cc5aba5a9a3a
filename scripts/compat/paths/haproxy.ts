import { join } from 'node:path';
import type { PathContext, ProductPath } from '../path.ts';
import { startProduct } from '../product.ts';

export default {
  title: 'HAProxy',
  family: 'product',
  role: 'reverse proxy',
  command: 'haproxy',
  debianPackage: 'haproxy',
  version: { arguments: ['-v'], pattern: /version ([\d.]+)/ },
  standsFor:
    'The load balancer in front of many large sites, and inside appliances and cluster ingresses. Debian ' +
    'ships it with 50 s of patience in either direction.',
  start: (context) =>
    startProduct(context, 'reverse proxy', (port) => ({
      files: { 'haproxy.cfg': config(context, port) },
      args: ['-db', '-f', join(context.folder, 'haproxy.cfg')],
    })),
} satisfies ProductPath;

/** The defaults of Debian's haproxy.cfg; there are none in the program, which warns where they are missing. */
function config({ target, variant, scaled }: PathContext, port: number): string {
  const tuned = variant === 'tuned';
  const limits = tuned
    ? ['timeout client 1h', 'timeout server 1h', 'timeout tunnel 1h', 'option http-no-delay']
    : [`timeout client ${scaled(50)}`, `timeout server ${scaled(50)}`];
  return `defaults
  mode http
  option dontlognull
  timeout connect 5000
${limits.map((line) => `  ${line}\n`).join('')}
frontend front
  bind 127.0.0.1:${port}
  default_backend lab

backend lab
  server lab ${target.host}
`;
}
