import { policyEnvironment } from '../policy.ts';

export default policyEnvironment({
  title: 'connect-src https:',
  standsFor:
    'A policy by scheme, written with requests in mind: https: does not match wss: (CSP 3 §6.7.2.9).',
  protocol: 'https',
  policy: () => 'connect-src https:',
});
