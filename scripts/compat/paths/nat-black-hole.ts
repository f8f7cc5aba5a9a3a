import { afterSilence, startRelay } from '../hop/relay.ts';
import type { MechanismPath } from '../path.ts';

export default {
  family: 'mechanism',
  title: 'NAT forgets after 60 s',
  standsFor:
    'A router or firewall that forgets a silent connection after a minute and drops what comes on it later, without a word to either side. RFC 5382 asks for two hours; many are less patient.',
  recognisedAs: ['silent-death'],
  start: ({ target, scaled }) =>
    startRelay(
      target,
      afterSilence(scaled(60), (line) => line.mute()),
    ),
} satisfies MechanismPath;
