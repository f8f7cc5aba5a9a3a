import { policyEnvironment } from '../policy.ts';

export default policyEnvironment({
  title: 'connect-src ws:',
  standsFor:
    'The reverse: only WebSocket is named, and a client that falls back to polling finds it forbidden.',
  connectSources: () => 'ws:',
});
