import { expect, test } from 'vitest';
import { describeLast, type KnownFirst, lastOfMajors } from './support-majors.ts';

const first = (browser: string, version: string | null, date: string | null, always = false): KnownFirst => ({
  browser,
  version,
  date,
  always,
});

test('the last is the one with the latest date', () => {
  const last = lastOfMajors([first('Chrome', '6', '2010-09-02'), first('Safari', '5', '2011-06-07')]);
  expect(describeLast(last)).toBe('since 2011-06-07 (Safari 5 was the last)');
});

test('Internet Explorer and Edge are one line: the first of the two counts', () => {
  const firefox = first('Firefox', '11', '2012-03-13');
  const edge = first('Edge', '12', '2015-07-29', true);
  expect(lastOfMajors([firefox, edge, first('IE', '10', '2012-10-26')])?.browser).toBe('IE');
  expect(lastOfMajors([firefox, edge, first('Internet Explorer', null, null)])?.browser).toBe('Edge');
});

test('where one of them has it not, there is no last', () => {
  expect(lastOfMajors([first('Chrome', '97', '2022-01-04'), first('Safari', null, null)])).toBeNull();
  expect(describeLast(null)).toBe('not yet');
});

test('one that has always had it kept nobody waiting', () => {
  const firsts = [first('Chrome', '1', '2008-12-11', true), first('Safari', '1.2', '2004-02-02')];
  expect(lastOfMajors(firsts)?.browser).toBe('Safari');
});
