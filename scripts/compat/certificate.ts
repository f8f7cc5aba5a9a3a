import { type Credentials, selfSignedCredentials } from '../../server/certificate.ts';

/** Hosts under this name are this machine, but no origin that browsers trust for being local. */
export const FOREIGN_HOST = 'lab.test';

let made: Promise<Credentials> | undefined;

/** A certificate that nobody has signed, for this machine and the names it goes by here. One for the process. */
export function selfSignedCertificate(): Promise<Credentials> {
  made ??= selfSignedCredentials([FOREIGN_HOST, 'localhost', '127.0.0.1']);
  return made;
}
