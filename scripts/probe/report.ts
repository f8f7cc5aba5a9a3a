import Table from 'cli-table3';
import { TRANSPORTS } from '../../server/wire.ts';
import { formatBytes, formatMs, inWords, NONE } from '../../web/live/format.ts';
import { recommend } from '../../web/probe/recommend.ts';
import type { Diagnosis, Outcome, ProbeResult, ProbeRow, Remedy } from '../../web/probe/schema.ts';

const OUTCOMES: Readonly<Record<Outcome, string>> = {
  whole: '✓ whole',
  recovered: '~ cut, recovered',
  dead: '✗ silently dead',
  nothing: '✗ not delivered',
};

/** What a probe found, for people: the rows, what lies on the way, what to do, what to choose. */
export function formatProbe(result: ProbeResult, diagnoses: readonly Diagnosis[]): string {
  const { now, after } = recommend(result);
  const unreachable = diagnoses.some(({ id }) => id === 'unreachable');
  // Where all is clear the diagnosis has named it.
  const chosen = unreachable || diagnoses.some(({ id }) => id === 'clear');
  const choice = after === now ? now.why : `${now.why}\n${after.why}`;
  return [
    `${result.url}, ${result.startedAt.slice(0, 19).replace('T', ' ')} UTC, ${result.client.agent}`,
    ...(unreachable ? [] : [formatRows(result.rows)]),
    ...diagnoses.map(formatDiagnosis),
    ...(chosen ? [] : [`Choose\n${indent(choice, 2)}`]),
  ].join('\n\n');
}

function formatRows(rows: readonly ProbeRow[]): string {
  const table = new Table({
    head: ['transport', 'server', 'outcome', 'messages', 'cuts', 'first message', 'requests', 'bytes'],
    colAligns: ['left', 'left', 'left', 'right', 'right', 'right', 'right', 'right'],
    style: { head: [], border: [], compact: true },
  });
  for (const row of rows) {
    const { traffic } = row;
    table.push([
      TRANSPORTS[row.transport].title,
      row.manners,
      OUTCOMES[row.outcome],
      `${row.delivered}/${row.expected}`,
      row.cuts,
      row.firstMessageMs === null ? NONE : inWords(formatMs(Math.max(0, row.firstMessageMs))),
      traffic?.requests ?? NONE,
      traffic === null ? NONE : inWords(formatBytes(traffic.bytesIn + traffic.bytesOut)),
    ]);
  }
  const reasons = rows.flatMap(({ transport, manners, failure }) =>
    failure ? [`${TRANSPORTS[transport].title} (${manners}): ${failure.reason}`] : [],
  );
  return [table.toString(), ...reasons].join('\n');
}

function formatDiagnosis({ title, evidence, remedies }: Diagnosis): string {
  return [title, indent(evidence, 2), ...remedies.map((one) => indent(formatRemedy(one), 2))].join('\n');
}

function formatRemedy({ where, what, code, likely }: Remedy): string {
  const text = `- ${where}${likely ? ' (its name stands in the answers’ headers)' : ''}: ${what}`;
  return code === undefined ? text : `${text}\n${indent(code, 6)}`;
}

function indent(text: string, by: number): string {
  return text.replaceAll(/^(?=.)/gm, ' '.repeat(by));
}
