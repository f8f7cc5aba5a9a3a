import type { MessageReader } from './counting.ts';

/** Bytes of the body that a head announces; undefined where it does not say. */
export function bodyLength(head: string): number | undefined {
  if (/^HTTP\/1\.1 (204|304) /.test(head)) return 0;
  const length = /^content-length: (\d+)/im.exec(head)?.[1];
  return length === undefined ? undefined : Number(length);
}

/**
 * What is wrong with what pollers have read, in words; nothing where each has had so many messages, in order, and no
 * connection has failed.
 */
export function pollViolations(
  members: readonly { readonly reader: MessageReader }[],
  messages: number,
  failures: readonly string[],
): readonly string[] {
  const violations = failures.slice(0, 1);
  const disordered = members.find(({ reader }) => reader.violation !== undefined);
  if (disordered?.reader.violation !== undefined) violations.push(disordered.reader.violation);
  const wrong = members.filter(({ reader }) => reader.messages !== messages);
  if (wrong.length > 0) {
    violations.push(
      `${wrong.length} of ${members.length} connections did not get ${messages} messages, the first of them ${wrong[0]?.reader.messages}`,
    );
  }
  return violations;
}
