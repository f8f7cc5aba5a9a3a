import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Config, isLoopback, urlHost } from './config.ts';
import { LabError } from './problem.ts';
import { PublishRate } from './publish-rate.ts';

/** Who may do what. */
export interface Access {
  /**
   * Throws `forbidden-origin` for a browser's request from a page that is not the server's own nor allowed.
   * For upgrades and for all that changes something: reading across origins the browser itself prevents.
   */
  checkOrigin(request: IncomingMessage): void;
  /**
   * Throws `forbidden-origin` for an answer that a page of another origin could read past its browser, as it can what
   * it loads as a script or into a frame. `page` is the origin to which the answer is handed, where it says so.
   */
  checkReader(request: IncomingMessage, page?: string): void;
  /** Throws `unauthorized` unless `token` is the one the server was started with. */
  authorize(token: string | undefined): void;
  /** The same for a message from this address, and `too-fast` where they are too many. */
  authorizeMessage(token: string | undefined, address: string | undefined): void;
  /** Lets pages of allowed origins read the answer. True where the request was a preflight and is answered. */
  applyCors(request: IncomingMessage, response: ServerResponse): boolean;
}

export function createAccess(config: Config): Access {
  const allowed = new Set(config.allowOrigins);
  const publishRate = new PublishRate(config.maxPublishRate);
  const tokenDigest = config.token === undefined ? undefined : digest(config.token);

  /** A page's own server, judged by name as well: a name that was pointed here by others is not ours. */
  function isOwnOrigin(origin: string, hostHeader: string | undefined): boolean {
    const url = URL.canParse(origin) ? new URL(origin) : undefined;
    if (url?.origin !== origin || url.host !== hostHeader) return false;
    // With TLS, a page that came without it came from another. Without, something in front may have put it on.
    if (url.protocol !== 'https:' && (config.tls || url.protocol !== 'http:')) return false;
    return !isLoopback(config.host) || isLoopback(url.hostname.replace(/^\[|\]$/g, ''));
  }

  function check(origin: string, hostHeader: string | undefined): void {
    if (allowed.has(origin) || isOwnOrigin(origin, hostHeader)) return;
    throw new LabError(
      'forbidden-origin',
      `Pages of ${origin.slice(0, 200)} may not do this here. Start the server with --allow-origin ${origin.slice(0, 200)} to let them.`,
    );
  }

  function authorize(token: string | undefined): void {
    if (tokenDigest === undefined) return;
    if (token !== undefined && timingSafeEqual(digest(token), tokenDigest)) return;
    throw new LabError(
      'unauthorized',
      `${token === undefined ? 'A token is needed' : 'That is not the token'}: send "Authorization: Bearer TOKEN" with the one given to --token.`,
    );
  }

  return {
    checkOrigin({ headers: { origin, host } }) {
      if (origin !== undefined) check(origin, host);
    },
    checkReader({ headers }, page) {
      const { host, origin = originOfUrl(headers.referer) } = headers;
      if (page !== undefined) check(page, host);
      // No page can set it; browsers send it where they take the server's address for safe (Fetch Metadata §2.4).
      const site = headers['sec-fetch-site'];
      if (site === 'same-origin' || site === 'none') return;
      if (origin !== undefined) check(origin, host);
      else if (site !== undefined || isBrowser(headers['user-agent'])) {
        throw new LabError(
          'forbidden-origin',
          'The browser does not say for which page it asks: neither Referer nor Origin has come with the request.',
        );
      }
    },
    authorize,
    authorizeMessage(token, address) {
      authorize(token);
      publishRate.take(address);
    },
    applyCors(request, response) {
      const { origin } = request.headers;
      if (allowed.size > 0) response.setHeader('Vary', 'Origin');
      if (origin === undefined || !allowed.has(origin)) return false;
      response.setHeader('Access-Control-Allow-Origin', origin);
      response.setHeader('Access-Control-Expose-Headers', 'Retry-After');
      if (request.method !== 'OPTIONS' || !request.headers['access-control-request-method']) return false;
      response.writeHead(204, {
        'Access-Control-Allow-Methods': 'GET, POST, PUT',
        'Access-Control-Allow-Headers': 'Authorization, Content-Type, Last-Event-ID',
        'Access-Control-Max-Age': '600',
      });
      response.end();
      return true;
    },
  };
}

/** The token of an `Authorization: Bearer` header (RFC 6750 §2.1), if there is one. */
export function bearerToken(request: IncomingMessage): string | undefined {
  return /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
}

/** `null`, an origin that nothing has, for what is no URL; undefined where there is none. */
function originOfUrl(url: string | undefined): string | undefined {
  if (url === undefined) return undefined;
  return URL.canParse(url) ? new URL(url).origin : 'null';
}

/** All of them say so, for the sake of servers of the nineties; a page can have the Referer left out, but not this. */
function isBrowser(userAgent: string | undefined): boolean {
  return userAgent?.startsWith('Mozilla/') === true;
}

/** Where a server listens, as the start of its URLs. */
export function originOf({ host, tls }: Pick<Config, 'host' | 'tls'>, port: number): string {
  return `${tls ? 'https' : 'http'}://${urlHost(host)}:${port}`;
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
