import { describe, expect, it } from 'vitest';
import { RETIRED, TRANSPORT_NAMES, TRANSPORTS } from '../../server/wire.ts';
import type { TransportClient } from '../clients/client.ts';
import { runsInPage, whyNotInPage, whyRetired } from './families.ts';

describe('what the page says of the registry', () => {
  it.each(TRANSPORT_NAMES)('%s has a way up of its own where the registry says so', async (name) => {
    const client: TransportClient = await import(`../clients/${name}.ts`);
    expect(client.openPublisher !== undefined).toBe(TRANSPORTS[name].up !== undefined);
  });

  it('gives a reason for all that is not in a page', () => {
    for (const name of TRANSPORT_NAMES.filter((one) => !runsInPage(one)))
      expect(whyNotInPage(name), name).toContain('It runs in the bench.');
    for (const retired of Object.values(RETIRED))
      expect(whyRetired(retired)).toMatch(/^Retired on \d{1,2} \w+ \d{4}\. /);
  });
});
