import type { IncomingMessage } from 'node:http';
import { describe, expect, test } from 'vitest';
import { bearerToken, createAccess } from './access.ts';
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
