/** One event of a `text/event-stream` (WHATWG HTML §9.2.5). */
export interface SseEvent {
  readonly event?: string;
  readonly id?: string;
  readonly data?: string;
  /** The client's pause before it reconnects: ms. */
  readonly retry?: number;
}

/**
 * An event as text. Data may have any line ends (CR, LF, CRLF): each line becomes a `data:` line of its own,
 * and a reader gets them back joined by LF, as the standard has it.
 * Throws a RangeError for an id or a name with a line end in it, or an id with NUL: they would break the frame.
 */
export function formatSseEvent({ event, id, data, retry }: SseEvent): string {
  let text = '';
  if (retry !== undefined) text += `retry: ${retry}\n`;
  if (event !== undefined) text += `event: ${singleLine('event name', event)}\n`;
  if (id !== undefined) text += `id: ${singleLine('id', id)}\n`;
  if (data !== undefined) for (const line of data.split(/\r\n|\r|\n/)) text += `data: ${line}\n`;
  return `${text}\n`;
}

function singleLine(what: string, value: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: NUL is what the standard forbids in an id.
  if (/[\r\n\u0000]/.test(value))
    throw new RangeError(`${what} ${JSON.stringify(value)} has a line end or NUL in it`);
  return value;
}
