import { APACHE_CODE, NGINX_CODE } from './configurations.ts';
import { CLIENT, type Remedies, SERVER } from './template.ts';

/** Against what holds messages back (findings/held-back.ts). */
export const HELD_BACK_REMEDIES = {
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
} satisfies Partial<Remedies>;
