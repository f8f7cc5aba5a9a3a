import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { createSecureContext } from 'node:tls';

/** A private key and its certificate in PEM: what Node's servers take, `https` and `tls` alike. */
export interface Credentials {
  readonly key: string;
  readonly cert: string;
}

/** Where credentials lie: paths of PEM files. The certificate's may hold its chain as well. */
interface CertificateFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

/** A server that uses TLS makes its own certificate, or is given one. */
export type TlsSource = 'self-signed' | CertificateFiles;

/** Credentials that cannot be used. The message says which file it is, and what is wrong with it. */
export class CredentialsError extends Error {
  override readonly name = 'CredentialsError';
}

/** Names by which a machine reaches itself. */
const OWN_HOSTS = ['localhost', '127.0.0.1', '::1'] as const;

/** The credentials of a server that listens on `host`. Throws a CredentialsError. */
export function loadCredentials(source: TlsSource, host: string): Promise<Credentials> {
  return source === 'self-signed' ? selfSignedCredentials([...OWN_HOSTS, host]) : readCredentials(source);
}

/** A new key, and a certificate for `hosts` (names or addresses) that nobody has signed; good for a year. */
export async function selfSignedCredentials(hosts: readonly [string, ...string[]]): Promise<Credentials> {
  const names = [...new Set(hosts)].map((host) =>
    isIP(host) === 0 ? { type: 2 as const, value: host } : { type: 7 as const, ip: withoutZone(host) },
  );
  // Loaded where it is needed: other servers start sooner without it.
  const { generate } = await import('selfsigned');
  const pems = await generate([{ name: 'commonName', value: hosts[0] }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      { name: 'subjectAltName', altNames: names },
    ],
  });
  return { key: pems.private, cert: pems.cert };
}

/** By what a person can tell that the certificate shown to him is this one: SHA-256, as browsers print it. */
export function fingerprintOf({ cert }: Credentials): string {
  return new X509Certificate(cert).fingerprint256;
}

async function readCredentials({ certFile, keyFile }: CertificateFiles): Promise<Credentials> {
  const cert = await readPem('--cert', certFile);
  const key = await readPem('--key', keyFile);
  const certificate = parseCertificate(cert, certFile);
  if (!certificate.checkPrivateKey(parseKey(key, keyFile))) {
    throw new CredentialsError(
      `--key ${keyFile} is not the key of --cert ${certFile}: the certificate was made for another one.`,
    );
  }
  try {
    createSecureContext({ cert, key });
  } catch (error) {
    throw new CredentialsError(`TLS takes neither --cert ${certFile} nor its key: ${messageOf(error)}.`);
  }
  return { cert, key };
}

const READ_ERRORS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'this user may not read it',
};

async function readPem(flag: string, file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    throw new CredentialsError(`${flag} ${file} cannot be read: ${READ_ERRORS[code] ?? messageOf(error)}.`);
  }
}

function parseCertificate(text: string, file: string): X509Certificate {
  try {
    return new X509Certificate(text);
  } catch {
    throw new CredentialsError(
      `--cert ${file} holds no certificate in PEM, a text with a line "-----BEGIN CERTIFICATE-----".`,
    );
  }
}

function parseKey(text: string, file: string): KeyObject {
  try {
    return createPrivateKey(text);
  } catch (error) {
    const locked = error instanceof Error && 'code' in error && error.code === 'ERR_MISSING_PASSPHRASE';
    throw new CredentialsError(
      locked || text.includes('ENCRYPTED')
        ? `--key ${file} is locked by a passphrase, which nobody could be asked for: give one without.`
        : `--key ${file} holds no private key in PEM, a text with a line "-----BEGIN PRIVATE KEY-----".`,
    );
  }
}

/** An address that is local to one link names the link too (RFC 4007 §11), which is no part of it in a certificate. */
function withoutZone(address: string): string {
  return address.replace(/%.*/, '');
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
