import { afterSilence, startRelay } from '../hop/relay.ts';
import type { MechanismPath } from '../path.ts';

export default {
  family: 'mechanism',
  title: 'Idle limit of 60 s',
  standsFor:
    'The idle limit of most load balancers and proxies (60 s at AWS and in nginx): a connection that has carried no byte for so long, in either direction, is closed.',
  recognisedAs: ['idle-cut'],
  start: ({ target, scaled }) =>
    startRelay(
      target,
      afterSilence(scaled(60), (line) => line.cut()),
    ),
} satisfies MechanismPath;
