import { expect, test } from 'vitest';
import { changeText, mannersAdvice, mannersText, settingsOf } from './advice.ts';
import { findCompat, formatShare } from './findings.ts';
import { compatMatrix } from './matrix.ts';
import { outcomeText, outcomeWords } from './outcomes.ts';
import type { Compat } from './schema.ts';
import { sampleCompat, samplePath, sampleSupport } from './testing/sample.ts';

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
  expect(good.sentences[0]).toContain('tls (SSE recovered, cut 3 times)');

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
  expect(sentences[0]).toBe('Mechanisms, naive server, delivered: nothing stands against the folk order.');
});

test('a silent death is told by path and transport', () => {
  const { sentences } = findCompat(withPaths(samplePath('nat', { polite: 'wwww', naive: 'wdww' })));
  expect(sentences).toContain('Silently dead after the silence: with a naive server nat (long poll).');
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
    { family: 'mechanism', transport: 'sse', from: 'nothing', to: 'whole', better: true, paths: ['a', 'b'] },
    {
      family: 'mechanism',
      transport: 'websocket',
      from: 'whole',
      to: 'recovered',
      better: false,
      paths: ['c'],
    },
  ]);
});

test('a run in which nothing ran says so instead of failing', () => {
  const { headline, weights, pathShares } = findCompat(withPaths());
  expect(headline).toContain('Nothing could be compared');
  expect([...weights, ...pathShares]).toEqual([]);
});

test('the headline is what products as shipped deliver, what tuning leaves of it, and browsers', () => {
  expect(findCompat(sampleCompat()).headline).toBe(
    'Products as shipped, before a naive server, deliver: short poll 3 of 3, long poll 3, SSE 2, WebSocket 1. Tuned, all 3 deliver all 4 techniques. In browsers WebSocket is ahead of SSE, by 0.5 to 2 points. For products as shipped “short poll > long poll > SSE > WebSocket” holds: of its 6 pairs 5 are reproduced and 1 tie.',
  );
  expect(findCompat(withPaths(samplePath('a', both('wwnw')))).headline).toContain(
    'Mechanisms, before a naive server, deliver: short poll 1 of 1, long poll 1, SSE 0, WebSocket 1. For mechanisms “short poll > long poll > SSE > WebSocket” does not hold as a whole',
  );
});

test('there are at most six sentences, and a pair that loses is named with its witness', () => {
  const full = findCompat(sampleCompat()).sentences;
  expect(full.length).toBeLessThanOrEqual(6);
  expect(findCompat(withPaths(samplePath('a', both('wwnw')))).sentences[0]).toBe(
    'Mechanisms, naive server, delivered: against the folk order stands SSE over WebSocket (refuted, 0 to 1: a).',
  );
});

test('browsers are told with the size of the difference, and whether the data can tell it', () => {
  const support = sampleSupport();
  const features = support.features.map((feature) => ({ ...feature, usageKnown: 0.976 }));
  const told = findCompat({ ...sampleCompat(), support: { ...support, features } }).sentences.at(-1);
  expect(told).toContain(
    'SSE over WebSocket is refuted by 0.5 points (96.7 % to 97.2 %), which is less than the 2.4 % that caniuse cannot tell apart',
  );
  expect(told).toContain('SSE over WebSocket is refuted by 2 points (90 % to 92 %).');
  expect(findCompat(sampleCompat()).sentences.at(-1)).not.toContain('cannot tell apart');
});

test('the two servers are told in the figures of the run, and cells that get worse with a caveat', () => {
  const { matrix, advice } = findCompat(withPaths(samplePath('c', { polite: 'wwwr', naive: 'wwww' })));
  const text = mannersText(settingsOf(matrix.rows)!);
  expect(text.polite).toContain('heartbeat after 15 s of silence; polls are held for 25 s at most');
  expect(text.naive).toContain('held for up to an hour');
  expect(advice.map(changeText)).toEqual([
    'Mechanisms, WebSocket: recovered instead of whole on c (worse: one trial each; may be chance)',
  ]);
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
  expect(first).toBe('Through the tuned product all 4 techniques deliver from a polite server.');
});

test('a share is not rounded to nothing', () => {
  expect([0, 0.0002, 0.5, 1].map(formatShare)).toEqual(['0 %', '< 0.1 %', '50 %', '100 %']);
});
