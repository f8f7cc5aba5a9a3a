import { gather } from '../crowd.ts';
import type { Environment } from '../environment.ts';

export default {
  title: 'Eight subscriptions in one page, HTTP/1.1',
  group: 'Many at once',
  standsFor:
    'A page with eight live parts, over HTTP/1.1, where browsers keep to six connections for each host.',
  run: (context) => gather(context, { spread: 'one page', http: '1.1' }),
} satisfies Environment;
