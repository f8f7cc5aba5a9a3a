import { describe, expect, it } from 'vitest';
import { TECHNIQUES } from '../../server/wire.ts';
import { DEFAULT_VIEW, formatLink, parseLink, tokenOfFragment } from './settings.ts';

describe('a link', () => {
  it('brings back what it was made of', () => {
    const link = {
      view: {
        intervalMs: 250,
        holdMs: 5000,
        timelineMs: 30_000,
        lanes: ['short-poll', 'websocket', 'ndjson'] as const,
      },
      workload: {
        ratePerSecond: 0.5,
        payloadBytes: 1024,
        kind: 'binary' as const,
        arrival: 'periodic' as const,
      },
    };
    expect(parseLink(`?${formatLink(link)}`)).toEqual(link);
  });

  it('leaves out what is as it always is', () => {
    const withoutSse = DEFAULT_VIEW.lanes.filter((name) => name !== 'sse');
    expect(formatLink({ view: DEFAULT_VIEW, workload: {} })).toBe('');
    expect(formatLink({ view: { ...DEFAULT_VIEW, lanes: withoutSse }, workload: {} })).toBe('off=sse');
    expect(parseLink('')).toEqual({ view: DEFAULT_VIEW, workload: {} });
  });

  it('runs the techniques that are not off, and what else is on where a page can run it', () => {
    const { lanes } = parseLink('?off=sse&on=ndjson,websocket,tcp,ndjson').view;
    expect(lanes).toEqual(['short-poll', 'long-poll', 'websocket', 'ndjson']);
    expect(parseLink('?off=ndjson&on=ndjson').view.lanes).toEqual(TECHNIQUES);
    expect(parseLink(`?off=${TECHNIQUES.join(',')}`).view.lanes).toEqual([]);
  });

  it('makes nothing of what is unknown, no number or out of range', () => {
    const link = parseLink(
      '?rate=-1&payload=x&kind=morse&arrival=bursty&interval=1&hold=61&timeline=7&off=pigeon,&on=,flash-socket&colour=red',
    );
    expect(link).toEqual({ view: DEFAULT_VIEW, workload: {} });
  });
});

describe('a token in the fragment', () => {
  it.each([
    ['#token=s3cret', 's3cret'],
    ['#/?token=s3cret', 's3cret'],
    ['#/results?token=a%2Fb', 'a/b'],
    ['#/', undefined],
    ['', undefined],
  ])('%s', (hash, token) => {
    expect(tokenOfFragment(hash)).toBe(token);
  });
});
