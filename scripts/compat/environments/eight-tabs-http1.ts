import { gather } from '../crowd.ts';
import type { Environment } from '../environment.ts';

export default {
  title: 'Eight tabs, HTTP/1.1',
  group: 'Many at once',
  standsFor:
    'A user with eight tabs of one site, over HTTP/1.1, where browsers keep to six connections for each host.',
  run: (context) => gather(context, { spread: 'tabs', http: '1.1' }),
} satisfies Environment;
