import type { Finding } from './findings/view.ts';
import { namedProducts, type Product } from './products.ts';
import type { DiagnosisId, ProbeResult, Remedy } from './schema.ts';

const SERVER = 'Your server';
const CLIENT = 'Your client';

interface Template extends Omit<Remedy, 'likely'> {
  /** The products it is for. */
  readonly products?: readonly Product[];
}

/** What to do about a finding: that of a product which has named itself stands first. */
export function remediesFor(finding: Finding, result: ProbeResult): readonly Remedy[] {
  const named = namedProducts(result.reach);
  const remedies = REMEDIES[finding.id](finding).map(({ products = [], ...remedy }): Remedy => {
    return products.some((name) => named.has(name)) ? { ...remedy, likely: true } : remedy;
  });
  return [...remedies.filter(({ likely }) => likely), ...remedies.filter(({ likely }) => !likely)];
}

/**
 * Whole, since a location inherits no proxy_set_header once it has one of its own: what streams must not lose what
 * WebSockets need. With its own name for Host, the server would take a page's Origin for a foreign one.
 */
const NGINX_CODE = `map $http_upgrade $connection_upgrade {
  default upgrade;
  ''      '';
}
location / {
  proxy_pass http://backend;
  proxy_http_version 1.1;
  proxy_set_header Host $http_host;
  proxy_set_header Upgrade $http_upgrade;
  proxy_set_header Connection $connection_upgrade;
  proxy_buffering off;
  proxy_read_timeout 1h;
}`;

const NGINX_UPGRADE: Template = {
  where: 'nginx',
  products: ['nginx'],
  what: 'Speak HTTP/1.1 to the server and hand Upgrade and Host on (the map belongs into http { }).',
  code: NGINX_CODE,
};

const APACHE_CODE = `ProxyPreserveHost On
ProxyPass / http://127.0.0.1:3000/ upgrade=websocket flushpackets=on timeout=3600`;

const APACHE_UPGRADE: Template = {
  where: 'Apache httpd',
  products: ['Apache httpd'],
  what: 'From 2.4.47 on mod_proxy_http hands Upgrade on where it is told to, and Host by a line of its own.',
  code: APACHE_CODE,
};

const UPGRADE: readonly Template[] = [
  NGINX_UPGRADE,
  APACHE_UPGRADE,
  {
    where: 'lighttpd',
    products: ['lighttpd'],
    what: 'mod_proxy hands Upgrade on where it is told to.',
    code: 'proxy.header = ( "upgrade" => "enable" )',
  },
  {
    where: 'Varnish',
    products: ['Varnish'],
    what: 'Pipe what asks for an upgrade.',
    code: `sub vcl_recv {
  if (req.http.Upgrade ~ "(?i)websocket") { return (pipe); }
}
sub vcl_pipe {
  set bereq.http.Upgrade = req.http.Upgrade;
  set bereq.http.Connection = req.http.Connection;
}`,
  },
  {
    where: 'HAProxy, Caddy',
    products: ['HAProxy', 'Caddy'],
    what: 'Both hand Upgrade on by themselves: the hop that removes it is another one.',
  },
  {
    where: SERVER,
    what: 'TLS on port 443 takes the upgrade past every hop that is not yours.',
  },
  { where: CLIENT, what: 'SSE for the way down and POST for the way up need no Upgrade.' },
];

const SAME_HOST: Template = {
  where: SERVER,
  what: 'Where a proxy renames Host, a page’s own Origin looks foreign to the server: have the proxy hand Host on, or allow the page.',
  code: 'npm start -- --allow-origin https://my.host',
};

const TLS_443: Template = {
  where: SERVER,
  what: 'Serve over TLS on port 443: browsers then tunnel everything, and what lies between sees only ciphertext.',
};

const FALL_BACK: Template = {
  where: CLIENT,
  what: 'Fall back to SSE or a long poll where the WebSocket does not open within a few seconds; keep the cursor.',
};

const REMEDIES: Readonly<Record<DiagnosisId, (finding: Finding) => readonly Template[]>> = {
  clear: () => [],
  unexplained: () => [
    { where: CLIENT, what: 'Probe again: a cause stays, a coincidence does not. Save both results.' },
  ],
  unreachable: () => [
    {
      where: SERVER,
      what: 'Start the lab where your application runs, and have the same proxies lead to it. The token it asks for goes into --token.',
      code: 'npm start -- --host 0.0.0.0 --port 3000 --token SECRET',
    },
    { where: CLIENT, what: 'Check scheme, host and port. A certificate of your own needs --insecure.' },
  ],
  'http-1.0': () => [
    ...UPGRADE.filter(({ products }) => products?.some((name) => name === 'nginx' || name === 'lighttpd')),
    {
      where: 'Forward proxies of others',
      what: 'One that still speaks HTTP/1.0 to servers is seldom to be told otherwise: a tunnel (TLS) leads past it.',
    },
    TLS_443,
    FALL_BACK,
  ],
  'upgrade-removed': () => UPGRADE,
  'websocket-refused': () => [SAME_HOST, ...UPGRADE, FALL_BACK],
  'connect-refused': () => [
    TLS_443,
    {
      where: 'Squid',
      products: ['Squid'],
      what: 'If the proxy is yours: allow tunnels to the port of the lab (as shipped it allows 443 only).',
      code: `acl SSL_ports port 443 3000
http_access deny CONNECT !SSL_ports`,
    },
    {
      where: 'tinyproxy, Privoxy',
      products: ['tinyproxy', 'Privoxy'],
      what: 'If the proxy is yours: allow tunnels to the port of the lab.',
      code: `# tinyproxy.conf
ConnectPort 443
ConnectPort 3000
# Privoxy, user.action
{+limit-connect{443,3000}}
/`,
    },
    FALL_BACK,
  ],
  'http-2-only': () => [
    {
      where: 'nginx, Apache httpd, Caddy',
      products: ['nginx', 'Apache httpd', 'Caddy'],
      what: 'Offer HTTP/1.1 beside HTTP/2 (ALPN): browsers open a connection of its own for WebSocket.',
    },
    {
      where: 'HAProxy',
      products: ['HAProxy'],
      what: 'Offer both; it also knows WebSocket over HTTP/2 (RFC 8441).',
      code: 'bind :443 ssl crt /etc/haproxy/site.pem alpn h2,http/1.1',
    },
    { where: CLIENT, what: 'Take SSE: over HTTP/2 it also has no limit of six connections.' },
  ],
  buffered: () => [
    {
      where: SERVER,
      what: 'Ask those on the way not to buffer: nginx obeys the first header, some others the second.',
      code: `X-Accel-Buffering: no
Cache-Control: no-store, no-transform`,
    },
    {
      where: 'nginx',
      products: ['nginx'],
      what: 'Switch buffering off where the streams are (the map belongs into http { }).',
      code: NGINX_CODE,
    },
    {
      where: 'lighttpd',
      products: ['lighttpd'],
      what: 'Let responses through as they come.',
      code: 'server.stream-response-body = 2',
    },
    {
      where: 'Apache httpd',
      products: ['Apache httpd'],
      what: 'Flush each packet, and keep filters off the stream.',
      code: `${APACHE_CODE}
SetEnvIf Request_URI "^/feeds/" no-gzip=1`,
    },
    {
      where: 'Caddy',
      products: ['Caddy'],
      what: 'It flushes event streams by itself; for all else:',
      code: `reverse_proxy 127.0.0.1:3000 {
  flush_interval -1
}`,
    },
    {
      where: 'Varnish',
      products: ['Varnish'],
      what: 'Stream, and do not cache, what is an event stream.',
      code: `sub vcl_backend_response {
  if (beresp.http.Content-Type ~ "text/event-stream") {
    set beresp.do_stream = true;
    set beresp.uncacheable = true;
  }
}`,
    },
    {
      where: 'HAProxy',
      products: ['HAProxy'],
      what: 'It waits for bodies only where it is told to: look for a line like this, and take it out.',
      code: 'http-response wait-for-body time 10s',
    },
    {
      where: 'Privoxy',
      products: ['Privoxy'],
      what: 'If the proxy is yours: what it filters it reads to its end first. Filter nothing on the way to the server (user.action).',
      code: `{ -filter -deanimate-gifs }
my.host`,
    },
    {
      where: 'Scanners, and forward proxies of others',
      what: 'TLS on port 443 leads past them, unless they break it open.',
    },
    {
      where: CLIENT,
      what: 'Take a WebSocket or a long poll where the stream’s `open` does not come within seconds.',
    },
  ],
  'first-bytes-held': () => [
    {
      where: SERVER,
      what: 'Begin each event stream with a comment of 2 kB, so that the greeting and the first messages do not wait.',
      code: `res.write(':' + ' '.repeat(2048) + '\\n\\n');`,
    },
    {
      where: 'Scanners, and forward proxies of others',
      what: 'TLS on port 443 leads past them, unless they break it open.',
    },
    { where: CLIENT, what: 'A WebSocket is not held where it passes at all.' },
  ],
  compressed: () => [
    {
      where: SERVER,
      what: 'Forbid to transform the stream (RFC 9111 §5.2.2.6), or flush after each event if it is your own compressor.',
      code: 'Cache-Control: no-store, no-transform',
    },
    {
      where: 'nginx',
      products: ['nginx'],
      what: 'Do not compress in the location that leads to the feeds.',
      code: `gzip off;
proxy_buffering off;`,
    },
    {
      where: 'Apache httpd',
      products: ['Apache httpd'],
      what: 'Keep mod_deflate off the streams.',
      code: 'SetEnvIf Request_URI "^/feeds/" no-gzip=1',
    },
    {
      where: 'HAProxy',
      products: ['HAProxy'],
      what: 'List the types that are compressed, without text/event-stream.',
      code: 'compression type text/html text/css application/javascript application/json',
    },
    {
      where: 'lighttpd',
      products: ['lighttpd'],
      what: 'List the types that are compressed, without text/event-stream.',
      code: 'deflate.mimetypes = ( "text/html", "text/css", "application/json" )',
    },
    {
      where: 'Caddy',
      products: ['Caddy'],
      what: 'Encode only what is no stream.',
      code: `@plain not path /feeds/*
encode @plain gzip`,
    },
    {
      where: 'Varnish',
      products: ['Varnish'],
      what: 'Do not compress the streams.',
      code: `sub vcl_backend_response {
  if (beresp.http.Content-Type ~ "text/event-stream") { set beresp.do_gzip = false; }
}`,
    },
  ],
  cached: () => [
    {
      where: SERVER,
      what: 'Say on every answer that it is not to be kept.',
      code: 'Cache-Control: no-store',
    },
    {
      where: 'Varnish',
      products: ['Varnish'],
      what: 'Pass the feeds (as shipped it keeps for 120 s what does not say how long).',
      code: `sub vcl_recv {
  if (req.url ~ "^/feeds/" && !req.http.Upgrade) { return (pass); }
}`,
    },
    {
      where: 'nginx',
      products: ['nginx'],
      what: 'Keep nothing in the location that leads to the feeds.',
      code: 'proxy_cache off;',
    },
    {
      where: 'Squid',
      products: ['Squid'],
      what: 'Do not keep the feeds.',
      code: `acl feeds urlpath_regex ^/feeds/
cache deny feeds`,
    },
    {
      where: 'Apache httpd',
      products: ['Apache httpd'],
      what: 'Take the feeds out of mod_cache.',
      code: 'CacheDisable /feeds/',
    },
    {
      where: CLIENT,
      what: 'Put something new into every poll’s URL; in a browser fetch with cache: "no-store".',
    },
  ],
  late: ({ limitMs = 200 }) => [
    {
      where: 'HAProxy',
      products: ['HAProxy'],
      what: `Let small pieces leave at once: that is what the ${limitMs} ms are.`,
      code: 'option http-no-delay',
    },
    {
      where: 'nginx',
      products: ['nginx'],
      what: 'This is its default; look for `off`.',
      code: 'tcp_nodelay on;',
    },
    {
      where: SERVER,
      what: 'Switch Nagle’s algorithm off, and write an event in one piece.',
      code: 'socket.setNoDelay(true);',
    },
    {
      where: CLIENT,
      what: 'A WebSocket is a tunnel to most proxies, and is in time where event streams are not.',
    },
  ],
  'idle-cut': ({ limitMs = 60_000 }) => {
    const seconds = Math.max(1, Math.floor(limitMs / 2000));
    return [
      {
        where: SERVER,
        what: `Send a heartbeat every ${seconds} s, and hold a long poll no longer than that. The lab’s flag:`,
        code: `npm start -- --heartbeat-ms ${Math.max(50, Math.floor(limitMs / 2))}`,
      },
      {
        where: 'nginx',
        products: ['nginx'],
        what: 'Wait longer for the server’s next byte (60 s as shipped).',
        code: `proxy_read_timeout 1h;
proxy_send_timeout 1h;`,
      },
      {
        where: 'HAProxy',
        products: ['HAProxy'],
        what: 'Give tunnels their own limit (a WebSocket is one), and the server longer for a held poll.',
        code: `timeout tunnel 1h
timeout client 1h
timeout server 1h`,
      },
      {
        where: 'Apache httpd',
        products: ['Apache httpd'],
        what: 'Wait longer for the server’s next byte.',
        code: APACHE_CODE,
      },
      {
        where: 'lighttpd',
        products: ['lighttpd'],
        what: 'Wait longer in either direction.',
        code: `server.max-read-idle = 3600
server.max-write-idle = 3600`,
      },
      {
        where: 'Varnish',
        products: ['Varnish'],
        what: 'Wait longer between bytes, and in pipes.',
        code: 'varnishd … -p pipe_timeout=3600 -p between_bytes_timeout=3600 -p first_byte_timeout=3600',
      },
      {
        where: 'Squid, forward proxies',
        products: ['Squid', 'tinyproxy', 'Privoxy'],
        what: 'Wait longer, if the proxy is yours.',
        code: `# squid.conf
read_timeout 1 hour
# tinyproxy.conf
Timeout 3600
# Privoxy, config
socket-timeout 3600`,
      },
      {
        where: CLIENT,
        what: 'Resume from the cursor after every loss: what came in between is then not lost.',
      },
    ];
  },
  'age-cut': () => [
    {
      where: CLIENT,
      what: 'No heartbeat helps: come back at once, with jitter, and resume from the cursor.',
    },
    {
      where: SERVER,
      what: 'End streams yourself before the limit, with a `bye`: a planned end costs no message and no error.',
    },
    {
      where: 'Varnish',
      products: ['Varnish'],
      what: 'Give responses longer (600 s as shipped); pipes have no such limit.',
      code: 'varnishd … -p send_timeout=86400',
    },
    {
      where: 'Platforms, load balancers, gateways',
      what: 'Raise the limit of a request’s or a connection’s duration where there is a setting for it.',
    },
  ],
  'silent-death': ({ limitMs = 60_000 }) => [
    {
      where: SERVER,
      what: `Send heartbeats that are well within ${Math.round(limitMs / 1000)} s; to hold mobile lines takes less than 30 s.`,
      code: 'npm start -- --heartbeat-ms 15000',
    },
    {
      where: CLIENT,
      what: 'Expect the heartbeat: where two of them stay away, take the line for dead and come back with the cursor.',
    },
    {
      where: 'Routers, firewalls, NAT',
      what: 'RFC 5382 asks for two hours and four minutes of patience with established connections.',
    },
  ],
  'rate-limited': () => [
    {
      where: CLIENT,
      what: 'Poll less often and obey Retry-After; or take a stream, which is one request for as long as it lasts.',
    },
    {
      where: 'nginx',
      products: ['nginx'],
      what: 'Give the feeds a limit of their own: the zone in http { }, the rest in the location that leads to them.',
      code: `limit_req_zone $binary_remote_addr zone=feeds:10m rate=20r/s;
limit_req zone=feeds burst=100 nodelay;`,
    },
    {
      where: 'HAProxy',
      products: ['HAProxy'],
      what: 'Leave the feeds out of the rule that denies.',
      code: 'http-request deny deny_status 429 if !{ path_beg /feeds/ } { sc_http_req_rate(0) gt 100 }',
    },
  ],
};
