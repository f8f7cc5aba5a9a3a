import { createParser, type EventSourceMessage } from 'eventsource-parser';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatSseEvent } from './sse-event.ts';

/** What a reader of the stream gets, each chunk fed by itself. */
function parse(...chunks: readonly string[]): { events: EventSourceMessage[]; retries: number[] } {
  const events: EventSourceMessage[] = [];
  const retries: number[] = [];
  const parser = createParser({
    onEvent: (event) => events.push(event),
    onRetry: (ms) => retries.push(ms),
    onError: (error) => {
      throw error;
    },
  });
  for (const chunk of chunks) parser.feed(chunk);
  return { events, retries };
}

/** The line ends that the format cannot carry become LF (WHATWG HTML §9.2.6). */
const withLineFeeds = (data: string) => data.replace(/\r\n|\r/g, '\n');

describe('data comes back as it went in, its line ends as LF', () => {
  test.each([
    '',
    ' ',
    ' leading space',
    ':no comment',
    'one\ntwo',
    'one\r\ntwo\rthree\n',
    '\n',
    '\n\n\n',
    'id: 7\nevent: gap\nretry: 1',
    'NUL \u0000 within',
    '\u2028 \u2029 \ufeff 😀',
    'x'.repeat(1024 * 1024),
  ])('%j', (data) => {
    const { events } = parse(formatSseEvent({ id: 'e-1', data }));
    expect(events).toEqual([{ id: 'e-1', event: undefined, data: withLineFeeds(data) }]);
  });

  test('any text, any name, any id, cut anywhere', () => {
    const name = fc.stringMatching(/^[a-z]{1,10}$/);
    const text = fc.string({ unit: fc.constantFrom('a', ':', ' ', '\n', '\r', '\u0000', '😀') });
    fc.assert(
      fc.property(text, name, name, fc.nat(60), (data, event, id, cut) => {
        const stream = formatSseEvent({ event, id, data }) + formatSseEvent({ data: 'next' });
        const { events } = parse(stream.slice(0, cut), stream.slice(cut));
        expect(events[0]).toEqual({ event, id, data: withLineFeeds(data) });
        expect(events[1]?.data).toBe('next');
      }),
    );
  });
});

test.each(['a\nb', 'a\rb', 'a\u0000b'])('an id like %j is refused: it would break the frame', (id) => {
  expect(() => formatSseEvent({ id, data: '' })).toThrow(RangeError);
});

test('an event name with a line end is refused', () => {
  expect(() => formatSseEvent({ event: 'open\ndata: x', data: '' })).toThrow(RangeError);
});

test('a retry time stands in the stream', () => {
  expect(parse(formatSseEvent({ retry: 1500, data: 'x' })).retries).toEqual([1500]);
});
