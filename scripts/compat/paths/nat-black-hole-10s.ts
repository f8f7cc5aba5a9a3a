import { afterSilence, startRelay } from '../hop/relay.ts';
import type { MechanismPath } from '../path.ts';

export default {
  family: 'mechanism',
  title: 'NAT forgets after 10 s',
  standsFor:
    'The same with the patience of the most impatient mobile networks: less than the usual heartbeat, so that heartbeats do not keep the connection alive.',
  recognisedAs: ['silent-death'],
  start: ({ target, scaled }) =>
    startRelay(
      target,
      afterSilence(scaled(10), (line) => line.mute()),
    ),
} satisfies MechanismPath;
