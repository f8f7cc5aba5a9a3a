import { describe, expect, test } from 'vitest';
import { compatMatrix } from './matrix.ts';
import type { PathResult } from './schema.ts';
import { browserShares, FOLK_ORDER, type Judgement, judgePairs, pathShares } from './scores.ts';
import { sampleCompat, samplePath, sampleSupport } from './testing/sample.ts';

const rowsOf = (...paths: readonly PathResult[]) => compatMatrix({ paths }).rows;
const both = (pattern: string) => ({ polite: pattern, naive: pattern });

/** The judgement of a pair by what a naive server's paths deliver, or as told. */
function judged(
  rows: ReturnType<typeof rowsOf>,
  better: string,
  worse: string,
  score: 'delivered' | 'uncut' = 'delivered',
): Judgement {
  return judgePairs(rows, null).find(
    ({ pair, measure }) =>
      pair.better === better &&
      pair.worse === worse &&
      measure.kind === 'paths' &&
      measure.score === score &&
      measure.manners === 'naive' &&
      measure.family === 'mechanism',
  )!;
}

test('the folk order of compatibility is the other ranking turned round', () => {
  expect(FOLK_ORDER).toEqual(['short-poll', 'long-poll', 'sse', 'websocket']);
});

describe('shares', () => {
  test('whole and recovered count as delivered, whole alone as uncut, and families are kept apart', () => {
    const product = { family: 'product', variant: 'tuned', role: 'reverse proxy' } as const;
    const rows = rowsOf(
      samplePath('a', both('wrdn')),
      samplePath('b', both('wwww')),
      samplePath('c', both('nnnn'), product),
    );
    const met = (score: string, family: string) =>
      pathShares(rows)
        .filter((one) => one.score === score && one.family === family && one.manners === 'polite')
        .map((one) => `${one.met}/${one.of}`);
    expect(met('delivered', 'mechanism')).toEqual(['2/2', '2/2', '1/2', '1/2']);
    expect(met('uncut', 'mechanism')).toEqual(['2/2', '1/2', '1/2', '1/2']);
    expect(met('delivered', 'tuned')).toEqual(['0/1', '0/1', '0/1', '0/1']);
    expect(met('delivered', 'as shipped')).toEqual([]);
  });

  test('paths that are not installed or failed count nowhere, and are named with the reason', () => {
    const { rows, leftOut } = compatMatrix(sampleCompat());
    expect(rows).toHaveLength(14);
    expect(leftOut).toEqual([
      { title: 'varnish, as shipped', reason: 'not installed (Debian’s package is varnish)' },
      { title: 'caddy, tuned', reason: 'It did not answer within 10 s.' },
    ]);
  });

  test('a browser’s share is that of the best feature a transport can rest on; what is unknown is left out', () => {
    const support = sampleSupport();
    const fetchToo = { ...support.features[0]!, title: 'fetch', usageShare: 0.5, releasedShare: null };
    const shares = browserShares({ ...support, features: [fetchToo, ...support.features] });
    expect(shares.find((one) => one.measure === 'usage' && one.transport === 'long-poll')?.share).toBe(0.984);
    const unknown = support.features.map((feature) => ({ ...feature, usageShare: null }));
    expect(
      browserShares({ ...support, features: unknown }).every(({ measure }) => measure === 'released'),
    ).toBe(true);
    expect(browserShares(null)).toEqual([]);
  });
});

describe('pairs', () => {
  test('a pair that wins and never loses is reproduced, with its witnesses', () => {
    const rows = rowsOf(samplePath('strips', both('wwwn')), samplePath('clear', both('wwww')));
    expect(judged(rows, 'sse', 'websocket')).toMatchObject({
      outcome: 'reproduced',
      wins: ['strips'],
      losses: [],
    });
    expect(judged(rows, 'short-poll', 'long-poll').outcome).toBe('tie');
  });

  test('a pair that loses and never wins is refuted, one that does both is mixed, however often', () => {
    const [buffers, strips] = [samplePath('buffers', both('wwnw')), samplePath('strips', both('wwwn'))];
    expect(judged(rowsOf(buffers), 'sse', 'websocket')).toMatchObject({
      outcome: 'refuted',
      losses: ['buffers'],
    });
    expect(judged(rowsOf(buffers, strips), 'sse', 'websocket').outcome).toBe('mixed');
    const more = rowsOf(buffers, strips, samplePath('gzips', both('wwnw')));
    expect(judged(more, 'sse', 'websocket')).toMatchObject({
      outcome: 'mixed',
      wins: ['strips'],
      losses: ['buffers', 'gzips'],
    });
  });

  test('families are judged each by itself: what a product shows moves no mechanism', () => {
    const shipped = { family: 'product', variant: 'as shipped', role: 'reverse proxy' } as const;
    const rows = rowsOf(samplePath('strips', both('wwwn')), samplePath('buffers', both('wwnw'), shipped));
    expect(judged(rows, 'sse', 'websocket')).toMatchObject({ outcome: 'reproduced', losses: [] });
    const product = judgePairs(rows, null).filter(
      ({ pair, measure }) =>
        pair.better === 'sse' && measure.kind === 'paths' && measure.family === 'as shipped',
    );
    expect(product.map(({ outcome }) => outcome)).toEqual(['refuted', 'refuted', 'refuted', 'refuted']);
  });

  test('a cut tells two transports apart that both deliver; dead and nothing are alike undelivered', () => {
    const rows = rowsOf(samplePath('idle', both('wwrw')), samplePath('nat', both('wwdn')));
    expect(judged(rows, 'long-poll', 'sse', 'delivered').wins).toEqual(['nat']);
    expect(judged(rows, 'long-poll', 'sse', 'uncut').wins).toEqual(['idle', 'nat']);
    expect(judged(rows, 'sse', 'websocket', 'delivered').outcome).toBe('tie');
  });

  test('browsers are judged by their shares, with those that had one first as witnesses', () => {
    const usage = judgePairs([], sampleSupport()).filter(
      ({ measure }) => measure.kind === 'browsers' && measure.measure === 'usage',
    );
    const of = (better: string, worse: string) =>
      usage.find(({ pair }) => pair.better === better && pair.worse === worse)!;
    expect(of('sse', 'websocket')).toMatchObject({
      outcome: 'refuted',
      wins: ['Chrome (6 before 16)', 'Safari (5 before 6)'],
      losses: ['Edge (12 before 79)'],
    });
    expect(of('short-poll', 'long-poll').outcome).toBe('tie');
    expect(of('long-poll', 'sse').outcome).toBe('reproduced');
  });

  test('what never had it comes after all dates, and what has no date is no witness', () => {
    const support = sampleSupport();
    const features = support.features.map((feature) => ({
      ...feature,
      firsts:
        feature.title === 'EventSource'
          ? [
              { browser: 'IE', version: null, date: null },
              { browser: 'Odd', version: '3', date: null },
            ]
          : [
              { browser: 'IE', version: '10', date: '2012-09-04' },
              { browser: 'Odd', version: '2', date: '2012-01-01' },
            ],
    }));
    const pair = judgePairs([], { ...support, features }).find(({ pair }) => pair.better === 'sse')!;
    expect(pair).toMatchObject({ wins: [], losses: ['IE (10 before never)'] });
  });
});
