import { gather } from '../crowd.ts';
import type { Environment } from '../environment.ts';

export default {
  title: 'Eight tabs, HTTP/2',
  group: 'Many at once',
  standsFor: 'A user with eight tabs of one site, over HTTP/2, where requests share one connection.',
  run: (context) => gather(context, { spread: 'tabs', http: '2' }),
} satisfies Environment;
