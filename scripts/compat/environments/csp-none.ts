import { policyEnvironment } from '../policy.ts';

export default policyEnvironment({
  title: "connect-src 'none'",
  standsFor: 'A page that is to connect to nobody. The check that policies reach every transport.',
  policy: () => "connect-src 'none'",
});
