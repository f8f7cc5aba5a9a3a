import { gather } from '../crowd.ts';
import type { Environment } from '../environment.ts';

export default {
  title: 'Eight subscriptions in one page, HTTP/2',
  group: 'Many at once',
  standsFor: 'A page with eight live parts, over HTTP/2, where requests share one connection.',
  run: (context) => gather(context, { spread: 'one page', http: '2' }),
} satisfies Environment;
