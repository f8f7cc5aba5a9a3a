import type { IncomingMessage } from 'node:http';
import { describe, expect, test } from 'vitest';
import { bearerToken, createAccess, originOf } from './access.ts';
import { readConfig } from './config.ts';

// Only the headers of a request are looked at.
const request = (headers: Record<string, string>) => ({ headers }) as unknown as IncomingMessage;

const local = createAccess(readConfig(['--allow-origin', 'https://friend.example']));
const open = createAccess(readConfig(['--host', '0.0.0.0', '--token', 'secret']));

describe('origins', () => {
  test.each([
    ['no browser at all', undefined, '127.0.0.1:3000'],
    ['the server’s own page', 'http://127.0.0.1:3000', '127.0.0.1:3000'],
    ['the server’s own page by name', 'http://localhost:3000', 'localhost:3000'],
    ['the server’s own page over IPv6', 'http://[::1]:3000', '[::1]:3000'],
    ['a page that was allowed', 'https://friend.example', '127.0.0.1:3000'],
  ])('%s passes', (_what, origin, host) => {
    const headers = origin === undefined ? { host } : { host, origin };
    expect(() => local.checkOrigin(request(headers))).not.toThrow();
  });

  test.each([
    ['a page from elsewhere', 'https://evil.example', '127.0.0.1:3000'],
    ['a page on another port', 'http://127.0.0.1:5173', '127.0.0.1:3000'],
    ['a name rebound to this machine', 'http://evil.example:3000', 'evil.example:3000'],
    ['an allowed name over another scheme', 'http://friend.example', '127.0.0.1:3000'],
    ['an allowed name with more behind it', 'https://friend.example.evil.example', '127.0.0.1:3000'],
    ['a page without an origin of its own', 'null', '127.0.0.1:3000'],
    ['nonsense', 'x', '127.0.0.1:3000'],
  ])('%s does not', (_what, origin, host) => {
    expect(() => local.checkOrigin(request({ origin, host }))).toThrow(
      expect.objectContaining({ code: 'forbidden-origin' }),
    );
  });

  test('a server for all to reach takes the name it was called by for its own', () => {
    expect(() =>
      open.checkOrigin(request({ origin: 'http://lab.example', host: 'lab.example' })),
    ).not.toThrow();
    expect(() => open.checkOrigin(request({ origin: 'http://evil.example', host: 'lab.example' }))).toThrow();
  });
});

describe('what a page could read past its browser', () => {
  const host = '127.0.0.1:3000';
  const chromium = 'Mozilla/5.0 (X11; Linux x86_64)';

  test.each([
    ['no browser at all', {}],
    ['no browser, by its own words', { 'user-agent': 'curl/8.5.0' }],
    ['a page of the server’s own', { 'sec-fetch-site': 'same-origin', 'user-agent': chromium }],
    ['an address typed by hand', { 'sec-fetch-site': 'none', 'user-agent': chromium }],
    ['a page of its own, by the Referer alone', { referer: 'http://127.0.0.1:3000/?a=b' }],
    [
      'an allowed page from elsewhere',
      { 'sec-fetch-site': 'cross-site', referer: 'https://friend.example/page' },
    ],
    [
      'an allowed page that asks by fetch',
      { 'sec-fetch-site': 'cross-site', origin: 'https://friend.example' },
    ],
  ])('%s passes', (_what, headers) => {
    expect(() => local.checkReader(request({ host, ...headers }))).not.toThrow();
  });

  test.each([
    ['a page from elsewhere', { 'sec-fetch-site': 'cross-site', referer: 'https://evil.example/' }],
    ['a page on another port', { 'sec-fetch-site': 'same-site', referer: 'http://127.0.0.1:5173/' }],
    ['a page from elsewhere that hides', { 'sec-fetch-site': 'cross-site', 'user-agent': chromium }],
    ['a page from elsewhere that hides, to a browser that trusts no plain HTTP', { 'user-agent': chromium }],
    ['a page from elsewhere, by the Referer alone', { referer: 'https://evil.example/' }],
    ['a page from elsewhere, by the Origin alone', { origin: 'https://evil.example' }],
    ['a page without an origin of its own', { 'sec-fetch-site': 'cross-site', origin: 'null' }],
    ['an allowed Referer behind another Origin', { origin: 'null', referer: 'https://friend.example/' }],
    ['an allowed name as somebody’s user name', { referer: 'https://friend.example@evil.example/' }],
    ['a Referer that is no URL', { referer: 'friend.example' }],
    ['a word for the site that nobody has heard of', { 'sec-fetch-site': 'same' }],
  ])('%s does not', (_what, headers) => {
    expect(() => local.checkReader(request({ host, ...headers }))).toThrow(
      expect.objectContaining({ code: 'forbidden-origin' }),
    );
  });

  test('a name rebound to this machine does not', () => {
    const headers = { host: 'evil.example:3000', referer: 'http://evil.example:3000/' };
    expect(() => local.checkReader(request(headers))).toThrow();
  });

  test('whoever asks, it is handed to pages of its own and of allowed origins alone', () => {
    const own = request({ host, 'sec-fetch-site': 'same-origin' });
    for (const page of ['http://127.0.0.1:3000', 'https://friend.example']) {
      expect(() => local.checkReader(own, page)).not.toThrow();
    }
    for (const page of ['https://evil.example', 'null', '*', '', 'http://127.0.0.1:3000/', '"']) {
      expect(() => local.checkReader(own, page)).toThrow(
        expect.objectContaining({ code: 'forbidden-origin' }),
      );
    }
  });
});

describe('schemes', () => {
  const secure = createAccess(readConfig(['--tls']));
  const own = (scheme: string) => request({ origin: `${scheme}://127.0.0.1:3000`, host: '127.0.0.1:3000' });

  test('with TLS, a page that came without it is another server’s', () => {
    expect(() => secure.checkOrigin(own('https'))).not.toThrow();
    expect(() => secure.checkOrigin(own('http'))).toThrow(
      expect.objectContaining({ code: 'forbidden-origin' }),
    );
  });

  test('without TLS, something in front may have put it on; no other scheme has pages of ours', () => {
    for (const scheme of ['http', 'https']) expect(() => local.checkOrigin(own(scheme))).not.toThrow();
    expect(() => local.checkOrigin(own('ftp'))).toThrow();
  });

  test('where a server listens is told with its scheme', () => {
    expect(originOf(readConfig(['--tls', '--host', '::1']), 3000)).toBe('https://[::1]:3000');
    expect(originOf(readConfig([]), 3000)).toBe('http://127.0.0.1:3000');
  });
});

describe('tokens', () => {
  test('without one set, all may publish; with one, those who show it', () => {
    expect(() => local.authorize(undefined)).not.toThrow();
    expect(() => open.authorize('secret')).not.toThrow();
    for (const token of [undefined, '', 'Secret', 'secret ', 'secretsecret']) {
      expect(() => open.authorize(token)).toThrow(expect.objectContaining({ code: 'unauthorized' }));
    }
  });

  test.each([
    ['Bearer secret', 'secret'],
    ['bearer  secret', 'secret'],
    ['Basic secret', undefined],
    ['Bearer', undefined],
    ['Bearer a b', undefined],
  ])('the header %j gives %j', (authorization, token) => {
    expect(bearerToken(request({ authorization }))).toBe(token);
  });
});
