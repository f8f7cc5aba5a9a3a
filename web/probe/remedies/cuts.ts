import { APACHE_CODE } from './configurations.ts';
import { CLIENT, type Remedies, SERVER } from './template.ts';

/** Against what cuts, refuses or forgets a connection (findings/cuts.ts). */
export const CUT_REMEDIES = {
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
} satisfies Partial<Remedies>;
