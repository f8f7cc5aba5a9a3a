import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { RequestHandler } from 'express';
import helmet from 'helmet';

/** A host as it may stand in a policy: what a client puts into its Host header must not become a directive. */
const HOST = /^[\w.-]+(:\d+)?$|^\[[\da-f:.]+\](:\d+)?$/i;

/**
 * The headers of all that is no feed. A page of ours runs its own files alone, and nothing that stands in it; it talks to
 * this server alone, and no other site can put it into a frame.
 */
export function pageHeaders(): RequestHandler {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'", 'data:'],
        fontSrc: ["'self'"],
        // Not every browser takes 'self' to mean a WebSocket to the same host.
        connectSrc: [
          "'self'",
          ({ headers: { host = '' } }) => (HOST.test(host) ? `ws://${host} wss://${host}` : ''),
        ],
        frameSrc: ["'self'"],
        baseUri: ["'none'"],
        formAction: ["'none'"],
        frameAncestors: ["'none'"],
      },
    },
    // Whoever has a certificate for a name knows how long they will: to promise it for them would lock them out.
    strictTransportSecurity: false,
    // Other origins that are allowed read by CORS; the rest cannot, whatever this says.
    crossOriginResourcePolicy: { policy: 'cross-origin' },
    // What a page loads of its own server tells where it comes from: JSONP and frames are let in by that.
    referrerPolicy: { policy: 'same-origin' },
    xFrameOptions: { action: 'deny' },
  });
}

/** Below `folder`, pages that are one file: what stands in them may run, by its hash, and nothing else. */
export function selfContainedPages(folder: string): RequestHandler {
  const policies = new Map<string, { readonly changedMs: number; readonly policy: string }>();

  async function policyOf(file: string): Promise<string> {
    const { mtimeMs: changedMs } = await stat(file);
    const known = policies.get(file);
    if (known?.changedMs === changedMs) return known.policy;
    const policy = policyFor(await readFile(file, 'utf8'));
    policies.set(file, { changedMs, policy });
    return policy;
  }

  return async (request, response, next) => {
    if (request.path.endsWith('.html')) {
      // The router has undone the encoding of what it matched, and not of this.
      const file = join(folder, decodePath(request.path));
      if (file.startsWith(folder + sep)) {
        const policy = await policyOf(file).catch(() => undefined); // that there is none, whoever sends it says
        if (policy !== undefined) response.setHeader('Content-Security-Policy', policy);
      }
    }
    next();
  };
}

function policyFor(html: string): string {
  return [
    "default-src 'none'",
    `script-src ${hashesOf(html, 'script')}`,
    `style-src ${hashesOf(html, 'style')}`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

/** Of the text of each such element (CSP Level 3, §6.7.3.3). */
function hashesOf(html: string, element: 'script' | 'style'): string {
  const texts = [...html.matchAll(new RegExp(`<${element}[^>]*>(.*?)</${element}>`, 'gs'))];
  const hashes = texts.map(
    ([, text = '']) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`,
  );
  return hashes.length === 0 ? "'none'" : hashes.join(' ');
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
