import { policyEnvironment } from '../policy.ts';

export default policyEnvironment({
  title: 'connect-src ws:',
  standsFor:
    'The reverse: only WebSocket is named, and a client that falls back to polling may find it forbidden. By CSP 3 (§6.7.2.9) ws: matches http: too; browsers decide.',
  policy: () => 'connect-src ws:',
});
