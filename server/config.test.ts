import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Config, readConfig } from './config.ts';

const printed: string[] = [];

class Ended extends Error {}

beforeEach(() => {
  printed.length = 0;
  const print = (text: unknown): boolean => {
    printed.push(String(text));
    return true;
  };
  vi.spyOn(process.stderr, 'write').mockImplementation(print);
  vi.spyOn(process.stdout, 'write').mockImplementation(print);
  vi.spyOn(process, 'exit').mockImplementation((code) => {
    throw new Ended(String(code));
  });
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

/** What a command line that is refused prints. */
function refusal(...argv: readonly string[]): string {
  expect(() => readConfig(argv)).toThrow(new Ended('1'));
  return printed.join('');
}

/** Flag, the value below its range and the one above, and the field that it sets. */
const NUMBERS: readonly [flag: string, below: number, above: number, field: keyof Config][] = [
  ['port', -1, 65_536, 'port'],
  ['log-messages', 0, 1_000_001, 'logMessages'],
  ['log-bytes', 1023, 8 * 1024 ** 3 + 1, 'logBytes'],
  ['max-message-bytes', 0, 16 * 1024 ** 2 + 1, 'maxMessageBytes'],
  ['max-topics', 0, 100_001, 'maxTopics'],
  ['max-connections', 0, 1_000_001, 'maxConnections'],
  ['max-header-bytes', 1023, 1024 ** 2 + 1, 'maxHeaderBytes'],
  ['handshake-timeout-ms', 99, 600_001, 'handshakeTimeoutMs'],
  ['headers-timeout-ms', 99, 600_001, 'headersTimeoutMs'],
  ['request-timeout-ms', 99, 600_001, 'requestTimeoutMs'],
  ['keep-alive-ms', 0, 3_600_001, 'keepAliveMs'],
  ['heartbeat-ms', 49, 600_001, 'heartbeatMs'],
  ['drain-ms', -1, 600_001, 'drainMs'],
  ['coalesce-ms', -1, 1001, 'coalesceMs'],
  ['workers', 0, 65, 'workers'],
  ['max-publish-rate', -1, 1_000_001, 'maxPublishRate'],
];

describe.each(NUMBERS)('--%s', (flag, below, above, field) => {
  test.each([below, above, 'ten', '', '1.5'])(`refuses %j, and names itself and the value`, (value) => {
    const message = refusal(`--${flag}=${value}`);
    expect(message).toContain(`--${flag}`);
    expect(message).toContain(`'${value}'`);
  });

  test('takes both ends of its range', () => {
    // The head is part of the request, so that its time may not be the longer one.
    const widest = ['--request-timeout-ms', '600000', '--headers-timeout-ms', '100'];
    expect(readConfig([...widest, `--${flag}=${below + 1}`])[field]).toBe(below + 1);
    if (flag !== 'request-timeout-ms') widest.push('--request-timeout-ms', '600000');
    expect(readConfig([...widest, `--${flag}=${above - 1}`])[field]).toBe(above - 1);
  });

  test('can be set by its environment variable, over which the flag wins', () => {
    const name = `LAB_${flag.replaceAll('-', '_').toUpperCase()}`;
    const value = Math.min(above - 1, 20_000);
    vi.stubEnv(name, String(value));
    expect(readConfig([])[field]).toBe(value);
    expect(readConfig([`--${flag}=${value - 1}`])[field]).toBe(value - 1);
    vi.stubEnv(name, String(above));
    const message = refusal();
    expect(message).toContain(name);
    expect(message).toContain(String(above));
  });
});

describe('synthetic messages', () => {
  test.each([
    ['rate', 10_001],
    ['payload', 1024 ** 2 + 1],
    ['seed', 2 ** 32],
  ])('--%s refuses %i', (flag, above) => {
    expect(refusal(`--${flag}`, String(above))).toContain(`--${flag}`);
  });

  test('are set by their flags', () => {
    const argv = ['--rate', '7', '--payload', '8', '--seed', '9', '--arrival', 'periodic'];
    expect(readConfig(argv).workload).toEqual({
      topic: 'lab',
      ratePerSecond: 7,
      payloadBytes: 8,
      seed: 9,
      kind: 'text',
      arrival: 'periodic',
    });
  });

  test('are bytes where they are asked for, one at least', () => {
    expect(readConfig(['--payload-kind', 'binary']).workload.kind).toBe('binary');
    expect(refusal('--payload-kind', 'binary', '--payload', '0')).toContain('1 byte');
  });
});

describe('safety', () => {
  test('without flags the server is for this machine only, on port 3000', () => {
    expect(readConfig([])).toMatchObject({
      host: '127.0.0.1',
      port: 3000,
      token: undefined,
      allowOrigins: [],
    });
  });

  test.each(['0.0.0.0', '::', '192.0.2.1', 'example.org'])('--host %s is refused without a token', (host) => {
    const message = refusal('--host', host);
    expect(message).toContain(host);
    expect(message).toContain('--token');
    expect(readConfig(['--host', host, '--token', 'secret']).token).toBe('secret');
  });

  test.each(['127.0.0.1', '::1', 'localhost'])('--host %s needs none', (host) => {
    expect(readConfig(['--host', host]).host).toBe(host);
  });

  test.each(['', 'with space', 'line\nend', 'ü'])(
    'a token like %j, which no header can carry, is refused',
    (token) => {
      expect(refusal('--token', token)).toContain('--token');
    },
  );

  test('an origin is refused unless it is one exactly', () => {
    for (const origin of ['example.org', 'https://example.org/', 'https://example.org/path', '*', 'null']) {
      expect(refusal('--allow-origin', origin)).toContain(origin);
    }
    const argv = ['--allow-origin', 'https://a.example', '--allow-origin', 'http://b.example:8080'];
    expect(readConfig(argv).allowOrigins).toEqual(['https://a.example', 'http://b.example:8080']);
    vi.stubEnv('LAB_ALLOW_ORIGIN', 'https://a.example, https://c.example');
    expect(readConfig([]).allowOrigins).toEqual(['https://a.example', 'https://c.example']);
  });

  test('a time for the head that is over the time for the request is refused, with both', () => {
    const message = refusal('--headers-timeout-ms', '60000');
    expect(message).toContain('60000');
    expect(message).toContain('--request-timeout-ms 30000');
  });
});

test('an unknown flag is an error that names it, and so is a stray word', () => {
  expect(refusal('--prot', '1')).toContain('--prot');
  printed.length = 0;
  expect(refusal('3000')).toMatch(/too many arguments/);
});

test('--stack takes raw and express, nothing else', () => {
  expect(readConfig(['--stack', 'express']).stack).toBe('express');
  expect(refusal('--stack', 'koa')).toContain("'koa'");
});

test('--bus takes memory, or where a Redis is', () => {
  expect(readConfig([]).bus).toBe('memory');
  expect(readConfig(['--bus', 'redis://127.0.0.1:6379/2']).bus).toBe('redis://127.0.0.1:6379/2');
  for (const text of ['redis', 'http://127.0.0.1:6379', '127.0.0.1:6379']) {
    expect(refusal('--bus', text)).toMatch(new RegExp(`'${text}'.*redis://`, 's'));
  }
});

test('--coalesce-ms is left to the server by auto, and says so to who gives something else', () => {
  expect(readConfig(['--coalesce-ms', 'auto']).coalesceMs).toBe('auto');
  vi.stubEnv('LAB_COALESCE_MS', 'auto');
  expect(readConfig([]).coalesceMs).toBe('auto');
  expect(refusal('--coalesce-ms', 'automatic')).toMatch(/'automatic'.* or auto/s);
});

test.each([
  { flag: 'naive', field: 'manners', on: 'naive', off: 'polite' },
  { flag: 'deflate', field: 'deflate', on: true, off: false },
  { flag: 'tls', field: 'tls', on: 'self-signed', off: undefined },
] as const)('--$flag is a switch, and its variable means what it says', ({ flag, field, on, off }) => {
  const variable = `LAB_${flag.toUpperCase()}`;
  expect(readConfig([])[field]).toBe(off);
  expect(readConfig([`--${flag}`])[field]).toBe(on);
  for (const [text, value] of Object.entries({ 1: on, true: on, 0: off, false: off })) {
    vi.stubEnv(variable, text);
    expect(readConfig([])[field]).toBe(value);
    expect(readConfig([`--${flag}`])[field]).toBe(on);
  }
  vi.stubEnv(variable, 'perhaps');
  expect(refusal()).toContain(`${variable}='perhaps'`);
});

test('a certificate is given with its key or not at all, and is itself what asks for TLS', () => {
  expect(refusal('--cert', 'cert.pem')).toMatch(/--cert cert\.pem needs its --key/);
  expect(refusal('--tls', '--key', 'key.pem')).toMatch(/--key key\.pem needs its --cert/);
  const files = { certFile: 'cert.pem', keyFile: 'key.pem' };
  expect(readConfig(['--cert', 'cert.pem', '--key', 'key.pem']).tls).toEqual(files);
  vi.stubEnv('LAB_CERT', 'cert.pem');
  expect(readConfig(['--tls', '--key', 'key.pem']).tls).toEqual(files);
});

test('--help names every flag, and ends well', () => {
  expect(() => readConfig(['--help'])).toThrow(new Ended('0'));
  const help = printed.join('');
  for (const [flag] of NUMBERS) expect(help).toContain(`--${flag} `);
});
