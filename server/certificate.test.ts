import { X509Certificate } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { isIP } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { generate } from 'selfsigned';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startInProcess } from '../scripts/testing/in-process.ts';
import { runLabToEnd, startLab } from '../scripts/testing/lab.ts';
import { type Credentials, loadCredentials, selfSignedCredentials } from './certificate.ts';

/** Asks over TLS as somebody who trusts `ca` alone; rejects where the certificate is not for `name`. */
function askTrusting(ca: string, url: string, name: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    // An empty name asks for none (SNI has no addresses); what is checked then is the host of the options.
    const { hostname: host, port } = new URL(url);
    request({ host, port, path: '/healthz', ca, servername: '', agent: false, checkServerIdentity })
      .on('response', (response) => resolve(response.resume().statusCode))
      .on('error', reject)
      .end();
    function checkServerIdentity(_host: string, { raw }: { raw: Buffer }): Error | undefined {
      const certificate = new X509Certificate(raw);
      const isFor = isIP(name) === 0 ? certificate.checkHost(name) : certificate.checkIP(name);
      return isFor ? undefined : new Error(`The certificate is not for ${name}.`);
    }
  });
}

describe('a certificate of the server’s own making', () => {
  test('is for this machine by all its names and for the host it listens on, and for nobody else', async () => {
    const { cert } = await loadCredentials('self-signed', 'lab.example');
    const certificate = new X509Certificate(cert);
    expect(certificate.subjectAltName).toBe(
      'DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1, DNS:lab.example',
    );
    expect(certificate.ca).toBe(false);
    expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']); // serverAuth (RFC 5280 §4.2.1.12)
    const days = (Date.parse(certificate.validTo) - Date.parse(certificate.validFrom)) / 86_400_000;
    expect(Math.round(days)).toBe(365);
    expect(Date.parse(certificate.validFrom)).toBeLessThanOrEqual(Date.now());
  });

  test('names an address that it listens on as an address, without its zone', async () => {
    const { cert } = await loadCredentials('self-signed', 'fe80::1%eth0');
    expect(new X509Certificate(cert).subjectAltName).toMatch(/, IP Address:FE80:0:0:0:0:0:0:1$/);
  });

  test('is enough for who has been told to trust it, whichever of its names he comes by', async () => {
    await using folder = await temporaryFolder();
    const credentials = await selfSignedCredentials(['localhost', '127.0.0.1', '::1']);
    const { certFile, keyFile } = await folder.write(credentials);
    await using lab = await startInProcess(['--cert', certFile, '--key', keyFile]);
    for (const name of ['localhost', '127.0.0.1', '::1']) {
      expect(await askTrusting(credentials.cert, lab.url, name)).toBe(200);
    }
    await expect(askTrusting(credentials.cert, lab.url, 'lab.example')).rejects.toThrow('lab.example');
    const other = await selfSignedCredentials(['localhost']);
    await expect(askTrusting(other.cert, lab.url, 'localhost')).rejects.toThrow(/self-signed|signature/);
  });

  test('is another one in each server, and its fingerprint is said before the server is', async () => {
    const fingerprints = new Set<string>();
    for (let i = 0; i < 2; i++) {
      await using lab = await startLab(['--tls']);
      expect(lab.url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
      const lines = lab.output.trimEnd().split('\n');
      const said = /SHA-256 fingerprint: ([0-9A-F]{2}(?::[0-9A-F]{2}){31})$/.exec(lines[0] ?? '')?.[1];
      expect(lines.at(-1)).toBe(`Transport Lab is at ${lab.url}`);
      expect(said).toBe(await fingerprintSeen(lab.url));
      fingerprints.add(said ?? '');
    }
    expect(fingerprints.size).toBe(2);
  });
});

describe('credentials that are given', () => {
  let folder: TemporaryFolder;
  let own: Credentials;
  let files: { readonly certFile: string; readonly keyFile: string };

  beforeAll(async () => {
    folder = await temporaryFolder();
    own = await selfSignedCredentials(['localhost']);
    files = await folder.write(own);
  });
  afterAll(() => folder[Symbol.asyncDispose]());

  test('are what the server shows', async () => {
    await using lab = await startInProcess(['--cert', files.certFile, '--key', files.keyFile]);
    expect(await fingerprintSeen(lab.url)).toBe(new X509Certificate(own.cert).fingerprint256);
  });

  test.each([
    [
      'no file',
      async () => ({ ...files, certFile: folder.path('nowhere.pem') }),
      /--cert .*nowhere\.pem.*no such/,
    ],
    ['a folder', async () => ({ ...files, keyFile: await folder.folder('keys') }), /--key .*keys.*a folder/],
    [
      'no certificate',
      async () => ({ ...files, certFile: await folder.file('text.pem', 'certificate') }),
      /--cert .*text\.pem holds no certificate in PEM/,
    ],
    [
      'a key in the place of a certificate',
      async () => ({ ...files, certFile: files.keyFile }),
      /--cert .*key\.pem holds no certificate in PEM/,
    ],
    [
      'a certificate in the place of a key',
      async () => ({ ...files, keyFile: files.certFile }),
      /--key .*cert\.pem holds no private key in PEM/,
    ],
    [
      'a key that is locked',
      async () => {
        const { private: key } = await generate([], { keyType: 'ec', passphrase: 'secret' });
        return { ...files, keyFile: await folder.file('locked.pem', key) };
      },
      /--key .*locked\.pem is locked by a passphrase/,
    ],
    [
      'a key of another certificate',
      async () => {
        const { key } = await selfSignedCredentials(['localhost']);
        return { ...files, keyFile: await folder.file('other.pem', key) };
      },
      /--key .*other\.pem is not the key of --cert .*cert\.pem/,
    ],
  ] as const)('%s: refused, with the file and what is wrong with it', async (_what, given, message) => {
    await expect(loadCredentials(await given(), '127.0.0.1')).rejects.toMatchObject({
      name: 'CredentialsError',
      message: expect.stringMatching(message),
    });
  });

  test('that cannot be used end the server in one line', async () => {
    const { certFile } = files;
    const keyFile = folder.path('nowhere.pem');
    const { code, output } = await runLabToEnd(['--cert', certFile, '--key', keyFile]);
    expect(code).toBe(1);
    expect(output.trimEnd()).toBe(`--key ${keyFile} cannot be read: there is no such file.`);
  });
});

/** What a client sees of the certificate. */
function fingerprintSeen(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    request(`${url}/healthz`, { agent: false, rejectUnauthorized: false })
      .on('response', (response) => response.resume())
      .on('socket', (socket) => {
        // An agent for https brings a socket of this kind.
        const secure = socket as TLSSocket;
        secure.on('secureConnect', () => resolve(secure.getPeerCertificate().fingerprint256));
      })
      .on('error', reject)
      .end();
  });
}

interface TemporaryFolder extends AsyncDisposable {
  path(name: string): string;
  file(name: string, text: string): Promise<string>;
  folder(name: string): Promise<string>;
  write(credentials: Credentials): Promise<{ certFile: string; keyFile: string }>;
}

async function temporaryFolder(): Promise<TemporaryFolder> {
  const root = await mkdtemp(join(tmpdir(), 'lab-tls-'));
  const path = (name: string) => join(root, name);
  const file = async (name: string, text: string): Promise<string> => {
    await writeFile(path(name), text);
    return path(name);
  };
  return {
    path,
    file,
    async folder(name) {
      await mkdir(path(name));
      return path(name);
    },
    async write({ cert, key }) {
      return { certFile: await file('cert.pem', cert), keyFile: await file('key.pem', key) };
    },
    [Symbol.asyncDispose]: () => rm(root, { recursive: true }),
  };
}
