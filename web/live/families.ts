import {
  type RetiredTransport,
  TRANSPORTS,
  type TransportInfo,
  type TransportName,
  transportsOf,
} from '../../server/wire.ts';

type Family = TransportInfo['family'];

/** In the order in which they are shown. */
export const FAMILIES: readonly Family[] = ['technique', 'library', 'fallback', 'control'];

export const FAMILY_TITLES: Record<Family, string> = {
  technique: 'The four techniques',
  library: 'A library on top of them',
  fallback: 'Stand-ins for them',
  control: 'The floor beneath',
};

export function runsInPage(name: TransportName): boolean {
  return transportsOf('browser').includes(name);
}

/** Why no page can run it. */
export function whyNotInPage(name: TransportName): string {
  return TRANSPORTS[name].ownPort
    ? 'No page may open a TCP connection. It runs in the bench.'
    : 'No browser can read it. It runs in the bench.';
}

const DATE = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone: 'UTC' });

export function whyRetired({ retiredOn, reason }: RetiredTransport): string {
  return `Retired on ${DATE.format(new Date(retiredOn))}. ${reason}`;
}
