import { policyEnvironment } from '../policy.ts';

export default policyEnvironment({
  title: "default-src 'none'; connect-src 'self'",
  standsFor:
    'A strict policy: requests and sockets to its own origin, and neither scripts nor frames that are not named. What loads a script or a document for each message is not a connection, and is held by script-src and frame-src.',
  policy: () => "default-src 'none'; connect-src 'self'",
});
