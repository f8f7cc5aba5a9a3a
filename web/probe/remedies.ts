import type { Finding } from './findings/view.ts';
import { namedProducts } from './products.ts';
import { CUT_REMEDIES } from './remedies/cuts.ts';
import { HELD_BACK_REMEDIES } from './remedies/held-back.ts';
import { CLIENT, type Remedies, SERVER } from './remedies/template.ts';
import { UPGRADE_REMEDIES } from './remedies/upgrade.ts';
import type { ProbeResult, Remedy } from './schema.ts';

/** What to do about a finding: that of a product which has named itself stands first. */
export function remediesFor(finding: Finding, result: ProbeResult): readonly Remedy[] {
  const named = namedProducts(result.reach);
  const remedies = REMEDIES[finding.id](finding).map(({ products = [], ...remedy }): Remedy => {
    return products.some((name) => named.has(name)) ? { ...remedy, likely: true } : remedy;
  });
  return [...remedies.filter(({ likely }) => likely), ...remedies.filter(({ likely }) => !likely)];
}

const REMEDIES: Remedies = {
  clear: () => [],
  unexplained: () => [
    { where: CLIENT, what: 'Probe again: a cause stays, a coincidence does not. Save both results.' },
  ],
  unreachable: () => [
    {
      where: SERVER,
      what: 'Start the lab where your application runs, and have the same proxies lead to it. The token it asks for goes into --token.',
      code: 'npm start -- --host 0.0.0.0 --port 3000 --token SECRET',
    },
    { where: CLIENT, what: 'Check scheme, host and port. A certificate of your own needs --insecure.' },
  ],
  ...UPGRADE_REMEDIES,
  ...HELD_BACK_REMEDIES,
  ...CUT_REMEDIES,
};
