import { afterAge, startRelay } from '../hop/relay.ts';
import type { MechanismPath } from '../path.ts';

export default {
  family: 'mechanism',
  title: 'Connections of 45 s at most',
  standsFor:
    'A limit to the life of a connection, busy or not: the request time limits of cloud platforms, gateways that are drained and replaced, firewalls with a maximal session time.',
  recognisedAs: ['age-cut'],
  start: ({ target, scaled }) =>
    startRelay(
      target,
      afterAge(scaled(45), (line) => line.cut()),
    ),
} satisfies MechanismPath;
