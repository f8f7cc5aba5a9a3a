import { policyEnvironment } from '../policy.ts';

export default policyEnvironment({
  title: 'No policy',
  standsFor: 'Most pages: nothing says where a page may connect to.',
  policy: null,
});
