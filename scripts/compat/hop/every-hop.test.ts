import { once } from 'node:events';
import { request } from 'undici';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadPaths } from '../load-paths.ts';
import { clientOf, startHop } from './test-hop.ts';
import { type Echoed, type Origin, startOrigin } from './test-origin.ts';

const mechanisms = (await loadPaths()).filter(({ path }) => path.family === 'mechanism').map(({ id }) => id);

describe.each(mechanisms)('%s', (id) => {
  let origin: Origin;
  beforeAll(async () => {
    origin = await startOrigin();
  });
  afterAll(() => origin[Symbol.asyncDispose]());

  test('passes a request with its query, headers and body', async () => {
    await using hop = await startHop(id, origin);
    await using client = clientOf(hop);
    const { dispatcher } = client;
    const { statusCode, body } = await request(`${hop.baseUrl}/echo?a=1&b=%2F`, {
      dispatcher,
      method: 'POST',
      headers: { 'x-some': 'thing' },
      body: 'what is sent',
    });
    expect(statusCode).toBe(200);
    const echoed = (await body.json()) as Echoed;
    expect(echoed).toMatchObject({ method: 'POST', url: '/echo?a=1&b=%2F', body: 'what is sent' });
    expect(echoed.headers).toMatchObject({ 'x-some': 'thing', host: new URL(hop.baseUrl).host });
  });

  test('the origin sees it when a client has gone', async () => {
    await using hop = await startHop(id, origin);
    await using client = clientOf(hop);
    const { dispatcher } = client;
    const abort = new AbortController();
    const asked = request(`${hop.baseUrl}/held`, { dispatcher, signal: abort.signal });
    const { response } = await origin.held();
    const gone = once(response, 'close');
    abort.abort();
    await expect(asked).rejects.toThrow();
    await gone;
    expect(response.writableFinished).toBe(false);
  });

  // In HTTP/1.0 a body without a length ends with its connection: nobody can tell that it was cut.
  const cuts = id === 'http-1.0' ? ['5000 bytes'] : ['5000 bytes', 'chunks'];
  test.each(cuts)('an answer of %s that is cut does not look complete', async (kind) => {
    await using hop = await startHop(id, origin);
    await using client = clientOf(hop);
    const { dispatcher } = client;
    const asked = request(`${hop.baseUrl}/held`, { dispatcher }).then(({ body }) => body.text());
    const { response } = await origin.held();
    response.writeHead(200, kind === 'chunks' ? {} : { 'Content-Length': 5000 });
    response.write('the beginning', () => response.destroy());
    await expect(asked).rejects.toThrow();
  });

  test('leaves no connection open', async () => {
    const hop = await startHop(id, origin);
    await using client = clientOf(hop);
    const { dispatcher } = client;
    const asked = request(`${hop.baseUrl}/held`, { dispatcher });
    const refused = expect(asked.then(({ body }) => body.text())).rejects.toThrow();
    await origin.held();
    await hop[Symbol.asyncDispose]();
    await refused;
    await origin.deserted();
    if (!hop.proxy) await expect(fetch(hop.baseUrl)).rejects.toThrow();
  });
});
