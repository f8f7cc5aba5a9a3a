import { eachAs } from '../feed/entry.ts';
import type { ControlFrame } from '../wire.ts';
import { scriptCall } from './callback.ts';
import { createHttpStream, type HttpStreamFormat } from './http-stream.ts';
import { joinBytes } from './stream.ts';
import type { TransportFactory } from './transport.ts';

/** The function that the document's scripts call. */
const CALLBACK = 'f';

const call = (json: string): Buffer => Buffer.from(`<script>${scriptCall(CALLBACK, json)}</script>`);
const controlCall = (frame: ControlFrame): Buffer => call(JSON.stringify(frame));

const FOREVER_IFRAME: HttpStreamFormat = {
  contentType: 'text/html; charset=utf-8',
  encoding: eachAs((entry) => call(entry.envelope.toString())),
  open: (opening) => controlCall({ control: 'open', ...opening }),
  gap: (gap) => controlCall({ control: 'gap', ...gap }),
  join: joinBytes,
  beat: controlCall({ control: 'beat' }),
  bye: (bye) => controlCall({ control: 'bye', ...bye }),
};

/**
 * The beginning of the document: the function that hands on to the page what it is called with, to that of this origin
 * alone. A document that does not end keeps all its elements: each script is removed by the function it calls.
 */
function documentHead(targetOrigin: string): Buffer {
  return Buffer.from(
    `<!doctype html><script>function ${CALLBACK}(m){document.currentScript.remove();parent.postMessage(m,${targetOrigin})}</script>`,
  );
}

/** The document runs its own scripts, loads nothing, and stands in no frame but its reader's. */
function contentSecurityPolicy(ancestor: string): string {
  return `default-src 'none'; script-src 'unsafe-inline'; frame-ancestors ${ancestor}`;
}

/**
 * Forever iframe: an HTML document that does not end, in a hidden frame; each message is a script that calls a function.
 * A frame reads past the same-origin policy: `?origin=` names the page that it is for, which is the server's own or an
 * allowed one; without it, pages of the server's own origin.
 */
const foreverIframe: TransportFactory = (context) =>
  createHttpStream(context, FOREVER_IFRAME, ({ request, query }) => {
    const page = query.get('origin') ?? undefined;
    context.checkReader(request, page);
    return {
      preamble: documentHead(page === undefined ? 'location.origin' : JSON.stringify(page)),
      headers: {
        'Content-Security-Policy': contentSecurityPolicy(page ?? "'self'"),
        'X-Content-Type-Options': 'nosniff',
      },
    };
  });

export default foreverIframe;
