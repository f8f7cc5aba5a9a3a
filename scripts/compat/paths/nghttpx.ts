import { join } from 'node:path';
import type { PathContext, ProductPath } from '../path.ts';
import { startProduct, whereScaled } from '../product.ts';

export default {
  title: 'nghttpx',
  family: 'product',
  role: 'reverse proxy',
  command: 'nghttpx',
  debianPackage: 'nghttp2-proxy',
  version: { arguments: ['--version'], pattern: /nghttp2\/([\d.]+)/ },
  standsFor:
    'The proxy of the nghttp2 project, and gateways that are built for HTTP/2 and 3 with a minute of patience.',
  start: (context) =>
    startProduct(context, 'reverse proxy', (port) => ({
      files: { 'nghttpx.conf': config(context, port) },
      args: [`--conf=${join(context.folder, 'nghttpx.conf')}`],
    })),
} satisfies ProductPath;

/** Debian's nghttpx.conf: a frontend, a backend, one worker. */
function config(context: PathContext, port: number): string {
  const { target, variant, scaled } = context;
  return `frontend=127.0.0.1,${port};no-tls
backend=${target.hostname},${target.port}
workers=1
errorlog-file=/dev/stderr
accesslog-file=/dev/null
pid-file=${join(context.folder, 'nghttpx.pid')}
${
  variant === 'tuned'
    ? limits('1h', '1h')
    : whereScaled(context, limits(`${scaled(60)}ms`, `${scaled(30)}ms`))
}`;
}

function limits(read: string, write: string): string {
  return `frontend-read-timeout=${read}
frontend-write-timeout=${write}
backend-read-timeout=${read}
backend-write-timeout=${write}
`;
}
