import { policyEnvironment } from '../policy.ts';

export default policyEnvironment({
  title: 'connect-src with the http: origin only',
  standsFor: 'A policy that names the API’s address, and forgets that WebSocket has a scheme of its own.',
  policy: (origin) => `connect-src ${origin}`,
});
