import { policyEnvironment } from '../policy.ts';

export default policyEnvironment({
  title: 'connect-src https: wss:',
  standsFor: 'The remedy: the scheme of WebSocket is named too.',
  protocol: 'https',
  policy: () => 'connect-src https: wss:',
});
