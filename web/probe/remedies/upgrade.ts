import { APACHE_CODE, NGINX_CODE } from './configurations.ts';
import { CLIENT, type Remedies, SERVER, type Template } from './template.ts';

const UPGRADE: readonly Template[] = [
  {
    where: 'nginx',
    products: ['nginx'],
    what: 'Speak HTTP/1.1 to the server and hand Upgrade and Host on (the map belongs into http { }).',
    code: NGINX_CODE,
  },
  {
    where: 'Apache httpd',
    products: ['Apache httpd'],
    what: 'From 2.4.47 on mod_proxy_http hands Upgrade on where it is told to, and Host by a line of its own.',
    code: APACHE_CODE,
  },
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

/** Against what keeps WebSockets out (findings/upgrade.ts). */
export const UPGRADE_REMEDIES = {
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
} satisfies Partial<Remedies>;
