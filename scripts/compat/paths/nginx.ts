import { join } from 'node:path';
import type { PathContext, ProductPath } from '../path.ts';
import { startProduct, whereScaled } from '../product.ts';

export default {
  title: 'nginx',
  family: 'product',
  role: 'reverse proxy',
  command: 'nginx',
  debianPackage: 'nginx',
  version: { arguments: ['-v'], pattern: /nginx\/([\d.]+)/ },
  standsFor:
    'The most common reverse proxy in front of web applications, and what many ingresses, CDNs and hosting ' +
    'panels are made of. Shipped, it speaks HTTP/1.0 to the server, drops Upgrade and collects answers.',
  start: (context) =>
    startProduct(context, 'reverse proxy', (port) => ({
      files: { 'nginx.conf': config(context, port) },
      args: ['-e', 'stderr', '-p', context.folder, '-c', join(context.folder, 'nginx.conf')],
    })),
} satisfies ProductPath;

/** Debian's nginx.conf, as far as it concerns a proxy, with one `proxy_pass`. */
function config(context: PathContext, port: number): string {
  const { target, variant } = context;
  const tuned = variant === 'tuned';
  return `daemon off;
${process.getuid?.() === 0 ? 'user root;\n' : ''}pid nginx.pid;
error_log stderr;
events { worker_connections 768; }
http {
  sendfile on;
  tcp_nopush on;
  gzip on;
  default_type application/octet-stream;
  access_log off;
  client_body_temp_path tmp-body;
  proxy_temp_path tmp-proxy;
  fastcgi_temp_path tmp-fastcgi;
  uwsgi_temp_path tmp-uwsgi;
  scgi_temp_path tmp-scgi;
${tuned ? '  map $http_upgrade $connection_upgrade { default upgrade; "" close; }\n' : ''}\
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass ${target.origin};
${tuned ? TUNED : whereScaled(context, scaledLimits(context))}\
    }
  }
}
`;
}

const TUNED = `\
      proxy_http_version 1.1;
      proxy_set_header Host $http_host;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $connection_upgrade;
      proxy_buffering off;
      proxy_read_timeout 1h;
      proxy_send_timeout 1h;
`;

function scaledLimits({ scaled }: PathContext): string {
  return `      proxy_read_timeout ${scaled(60)}ms;\n      proxy_send_timeout ${scaled(60)}ms;\n`;
}
