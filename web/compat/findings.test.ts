import { expect, test } from 'vitest';
import { mannersAdvice } from './advice.ts';
import { findCompat, formatShare } from './findings.ts';
import { compatMatrix } from './matrix.ts';
import { outcomeText, outcomeWords } from './outcomes.ts';
import type { Compat } from './schema.ts';
import { sampleCompat, samplePath } from './testing/sample.ts';

const both = (pattern: string) => ({ polite: pattern, naive: pattern });
const withPaths = (...paths: Compat['paths']): Compat => ({ ...sampleCompat(), paths, support: null });
const variant = (name: 'as shipped' | 'tuned') =>
  ({ family: 'product', role: 'reverse proxy', variant: name, title: 'nginx' }) as const;

test('a quick run and one that was stopped claim nothing, and say why', () => {
  expect(findCompat(sampleCompat()).claims).toBe(true);
  const quick = findCompat(sampleCompat({ timeScale: 0.05 }));
  expect(quick.claims).toBe(false);
  expect(quick.headline).toContain('0.05 of their time: it makes no claim');
  expect(findCompat(sampleCompat({ complete: false })).headline).toContain('stopped before its end');
});

test('that defaults decide is said only where every tuned path and TLS deliver all', () => {
  const shipped = samplePath('nginx/as-shipped', both('wwwn'), variant('as shipped'));
  const good = findCompat(
    withPaths(
      shipped,
      samplePath('nginx/tuned', both('wwww'), variant('tuned')),
      samplePath('tls', both('wwrw')),
    ),
  );
  expect(good.sentences[0]).toContain('What decides is defaults: through the tuned product and TLS');
  expect(good.sentences[0]).toContain(
    'Of 1 products as shipped, 1 does not let all of them through from a naive server, 1 not even from a polite one.',
  );
  expect(good.sentences[1]).toContain('tls (SSE recovered, cut 3 times)');

  const bad = findCompat(
    withPaths(
      shipped,
      samplePath('nginx/tuned', both('wwwn'), variant('tuned')),
      samplePath('tls', both('wwww')),
    ),
  );
  expect(bad.sentences.join(' ')).not.toContain('What decides');
  expect(bad.sentences[0]).toContain('not so nginx, tuned (WebSocket nothing, cut 4 times)');
});

test('with neither a tuned path nor TLS nothing is said about what decides', () => {
  const { sentences } = findCompat(withPaths(samplePath('strips', both('wwwn'))));
  expect(sentences.join(' ')).not.toMatch(/What decides|deliver all/);
  expect(sentences[0]).toContain('SSE over WebSocket is reproduced (1 to 0)');
});

test('a silent death is told by path and transport', () => {
  const { sentences } = findCompat(withPaths(samplePath('nat', { polite: 'wwww', naive: 'wdww' })));
  expect(sentences).toContain('Silently dead after the silence with a naive server: nat (long poll).');
});

test('advice names the cells that a polite server mends, and those it spoils', () => {
  const { rows } = compatMatrix({
    paths: [
      samplePath('a', { polite: 'wwww', naive: 'wwnw' }),
      samplePath('b', { polite: 'wwww', naive: 'wwnw' }),
      samplePath('c', { polite: 'wwwr', naive: 'wwww' }),
      samplePath('d', both('wwdn')),
    ],
  });
  expect(mannersAdvice(rows)).toEqual([
    { transport: 'sse', from: 'nothing', to: 'whole', better: true, paths: ['a', 'b'] },
    { transport: 'websocket', from: 'whole', to: 'recovered', better: false, paths: ['c'] },
  ]);
});

test('what the rows are is said from the rows', () => {
  const { bias } = findCompat(sampleCompat());
  expect(bias[0]).toContain('8 mechanisms, 3 products as shipped and 3 products tuned');
  expect(bias[0]).toContain('nginx and haproxy as reverse proxy and squid as forward proxy');
  expect(bias.join(' ')).toContain('short poll on 1');
});

test('a run in which nothing ran says so instead of failing', () => {
  const { headline, weights, pathShares } = findCompat(withPaths());
  expect(headline).toContain('Nothing could be compared');
  expect([...weights, ...pathShares]).toEqual([]);
});

test('an outcome is a sign with the number of cuts, and the same in words', () => {
  expect(outcomeText({ outcome: 'recovered', cuts: 3 })).toBe('↻3');
  expect(outcomeText({ outcome: 'nothing', cuts: 3 })).toBe('✕');
  expect(outcomeWords({ outcome: 'recovered', cuts: 1 })).toBe('recovered, cut once');
  expect(outcomeWords({ outcome: 'whole', cuts: 0 })).toBe('whole');
});

test('where products let all through as shipped, defaults decide nothing, and that is not claimed', () => {
  const paths = [
    samplePath('nginx/as-shipped', both('wwww'), variant('as shipped')),
    samplePath('nginx/tuned', both('wwww'), variant('tuned')),
  ];
  const [first] = findCompat(withPaths(...paths)).sentences;
  expect(first).toBe('Through the tuned product all 4 transports deliver from a polite server.');
});

test('a judgement that hangs on one row is said to, whichever way it went', () => {
  const bias = (...patterns: readonly string[]) =>
    findCompat(withPaths(...patterns.map((pattern, at) => samplePath(`p${at}`, both(pattern))))).bias.join(
      ' ',
    );
  // Of each of four measures by paths, three pairs have WebSocket for the allegedly worse one.
  expect(bias('wwwn')).toContain('12 of the 24 judgements by paths');
  expect(bias('nwww')).toContain('12 of the 24 judgements by paths');
  expect(bias('wwwn', 'wwwn')).not.toContain('a single row');
});

test('a share is not rounded to nothing', () => {
  expect([0, 0.0002, 0.5, 1].map(formatShare)).toEqual(['0 %', '< 0.1 %', '50 %', '100 %']);
});
