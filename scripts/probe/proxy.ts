/**
 * The forward proxy that the environment names for a URL, as curl reads it: `https_proxy` or `HTTPS_PROXY` for
 * https, `http_proxy` for http (in capitals it could be a request's header, where a web server runs the
 * program), `all_proxy` for both; none for hosts in `no_proxy`: names, with all below them, or `*`.
 */
export function proxyFor(url: URL, environment: NodeJS.ProcessEnv): string | undefined {
  const named = (...names: readonly string[]): string | undefined =>
    names.map((name) => environment[name]).find((value) => value !== undefined && value !== '');
  const exempt = (named('no_proxy', 'NO_PROXY') ?? '').split(/[\s,]+/).filter((name) => name !== '');
  if (exempt.some((name) => covers(name.toLowerCase(), url))) return undefined;
  const proxy =
    (url.protocol === 'https:' ? named('https_proxy', 'HTTPS_PROXY') : named('http_proxy')) ??
    named('all_proxy', 'ALL_PROXY');
  if (proxy === undefined) return undefined;
  const href = proxy.includes('://') ? proxy : `http://${proxy}`;
  // Others (SOCKS, a proxy behind TLS) are beyond what can be probed through.
  return URL.canParse(href) && new URL(href).protocol === 'http:' ? new URL(href).href : undefined;
}

function covers(name: string, { hostname, port, protocol }: URL): boolean {
  if (name === '*') return true;
  // An IPv6 address has colons of its own, and a port only behind its brackets.
  const bare = name.split(':').length > 2 && !name.startsWith('[') ? `[${name}]` : name;
  const [, host = bare, at] = /^(\[.*\]|.*?)(?::(\d+))?$/.exec(bare) ?? [];
  if (at !== undefined && at !== (port || (protocol === 'https:' ? '443' : '80'))) return false;
  const domain = host.replace(/^\*?\./, '');
  return hostname === domain || hostname.endsWith(`.${domain}`);
}
