import type { Reach } from './schema.ts';

/** Products that remedies are written for, and what in a header names them. */
const MARKS = {
  nginx: /nginx|openresty/i,
  HAProxy: /haproxy/i,
  // Traffic Server and Tomcat are other products of the same foundation.
  'Apache httpd': /apache(?![ -]?(?:traffic|coyote|tomcat))/i,
  lighttpd: /lighttpd/i,
  Varnish: /varnish/i,
  Caddy: /caddy/i,
  Squid: /squid/i,
  tinyproxy: /tinyproxy/i,
  Privoxy: /privoxy/i,
  nghttpx: /nghttpx/i,
} as const;

export type Product = keyof typeof MARKS;

/** Headers in which those on the way name themselves (RFC 9110 §7.6.3, §10.2.4). */
const TELLING = /^(server|via|x-varnish|x-cache|x-cache-lookup|x-served-by|x-powered-by|forwarded)$/;

/** Products that an answer, or the request as it reached the server, names. */
export function namedProducts({ headers, echo }: Reach): ReadonlySet<Product> {
  const texts = [...Object.entries(headers), ...Object.entries(echo?.headers ?? {})]
    .filter(([name]) => TELLING.test(name))
    .map(([name, value]) => `${name}: ${value}`);
  // Object.keys loses the literal type of the keys it returns.
  const products = Object.keys(MARKS) as readonly Product[];
  return new Set(products.filter((name) => texts.some((text) => MARKS[name].test(text))));
}
