import { buffer } from 'node:stream/consumers';
import { endToEnd, without } from '../hop/forward.ts';
import { startReverseProxy } from '../hop/reverse-proxy.ts';
import type { MechanismPath } from '../path.ts';

export default {
  family: 'mechanism',
  title: 'Whole responses only',
  standsFor:
    'A proxy, scanner or serverless gateway that waits for the end of a response before it forwards any of it. An upgraded connection it passes as bytes.',
  recognisedAs: ['buffered'],
  start: ({ target }) =>
    startReverseProxy(target, {
      upgrades: 'pass',
      respond: ({ request, answer, response }) => {
        buffer(answer).then(
          (body) => {
            const bodiless =
              request.method === 'HEAD' || answer.statusCode === 204 || answer.statusCode === 304;
            const headers = endToEnd(answer);
            response.writeHead(
              answer.statusCode ?? 502,
              answer.statusMessage,
              bodiless
                ? headers
                : [...without(headers, ['content-length']), 'Content-Length', String(body.length)],
            );
            response.end(body);
          },
          () => response.destroy(), // there will be no whole response
        );
      },
    }),
} satisfies MechanismPath;
