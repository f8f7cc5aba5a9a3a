import { policyEnvironment } from '../policy.ts';

export default policyEnvironment({
  title: "connect-src 'self'",
  standsFor:
    'The usual policy. CSP 3 lets ‘self’ match ws: of the same host and port, as Chromium does since 70 (2018); CSP 2 did not, so that older browsers, Safari the longest, want the ws: address by name.',
  policy: () => "connect-src 'self'",
});
