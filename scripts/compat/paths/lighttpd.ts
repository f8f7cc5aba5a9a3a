import { join } from 'node:path';
import type { PathContext, ProductPath } from '../path.ts';
import { startProduct, whereScaled, wholeSeconds } from '../product.ts';

export default {
  title: 'lighttpd',
  family: 'product',
  role: 'reverse proxy',
  command: 'lighttpd',
  debianPackage: 'lighttpd',
  version: { arguments: ['-v'], pattern: /lighttpd\/([\d.]+)/ },
  standsFor:
    'The small web server of routers, cameras and other devices with a web page of their own. Shipped, it ' +
    'collects an answer to its end before it forwards any of it.',
  start: (context) =>
    startProduct(context, 'reverse proxy', (port) => ({
      files: { 'lighttpd.conf': config(context, port) },
      args: ['-D', '-f', join(context.folder, 'lighttpd.conf')],
    })),
} satisfies ProductPath;

/** Debian's lighttpd.conf and its 10-proxy.conf, as far as they concern a proxy. */
function config(context: PathContext, port: number): string {
  const { target, folder, variant } = context;
  return `server.modules = ( "mod_proxy" )
server.document-root = "${folder}"
server.upload-dirs = ( "${folder}" )
server.bind = "127.0.0.1"
server.port = ${port}
server.feature-flags += ("server.h2proto" => "enable")
server.feature-flags += ("server.h2c" => "enable")
server.feature-flags += ("server.graceful-shutdown-timeout" => 5)
proxy.server = ( "" => ( ( "host" => "${target.hostname}", "port" => ${target.port} ) ) )
${variant === 'tuned' ? TUNED : whereScaled(context, scaledLimits(context))}`;
}

const TUNED = `server.stream-response-body = 2
server.max-read-idle = 3600
server.max-write-idle = 3600
proxy.header = ( "upgrade" => "enable" )
`;

function scaledLimits(context: PathContext): string {
  return `server.max-read-idle = ${wholeSeconds(context, 60)}
server.max-write-idle = ${wholeSeconds(context, 360)}
`;
}
