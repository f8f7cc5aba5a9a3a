import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { PathContext, ProductPath } from '../path.ts';
import { startProduct, wholeSeconds } from '../product.ts';

export default {
  title: 'Privoxy',
  family: 'product',
  role: 'forward proxy',
  command: 'privoxy',
  debianPackage: 'privoxy',
  version: { arguments: ['--version'], pattern: /version ([\d.]+)/i },
  standsFor:
    'Proxies that look into what they carry: virus scanners, parental controls, advertisement filters. ' +
    'Shipped, it reads text to its end to filter it, an event stream too.',
  start: (context) =>
    startProduct(context, 'forward proxy', (port) => ({
      files: { ...(context.variant === 'tuned' && TUNED), 'privoxy.conf': config(context, port) },
      args: ['--no-daemon', join(context.folder, 'privoxy.conf')],
    })),
} satisfies ProductPath;

/** Where packages put the actions and filters that it comes with. */
const SHIPPED = ['/etc/privoxy', '/opt/homebrew/etc/privoxy', '/usr/local/etc/privoxy'];

/** The lines of Debian's config that are in force. */
function config(context: PathContext, port: number): string {
  const { folder, variant } = context;
  const shipped = SHIPPED.find((path) => existsSync(join(path, 'default.action'))) ?? '/etc/privoxy';
  const tuned = variant === 'tuned';
  return `confdir ${shipped}
logdir ${folder}
actionsfile match-all.action
actionsfile default.action
actionsfile user.action
${tuned ? `actionsfile ${folder}/lab.action\n` : ''}\
filterfile default.filter
filterfile user.filter
listen-address 127.0.0.1:${port}
toggle 1
enable-remote-toggle 0
enable-remote-http-toggle 0
enable-edit-actions 0
enforce-blocks 0
buffer-limit 4096
enable-proxy-authentication-forwarding 0
forwarded-connect-retries 0
accept-intercepted-requests 0
allow-cgi-request-crunching 0
split-large-forms 0
keep-alive-timeout 5
tolerate-pipelining 1
socket-timeout ${tuned ? 3600 : wholeSeconds(context, 300)}
`;
}

/** Nothing on the way to the lab is filtered, so that there is no reason to wait for its end. */
const TUNED = { 'lab.action': '{ -filter -deanimate-gifs }\n/\n' };
