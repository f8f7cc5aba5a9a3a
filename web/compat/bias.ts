import { TECHNIQUES, type TransportName } from '../../server/wire.ts';
import { STALLED_MS } from '../probe/settings.ts';
import { listWords } from '../results/format.ts';
import { type CompatMatrix, FAMILIES, FAMILY_NAMES, type MatrixRow, probesOf } from './matrix.ts';
import { inSentence } from './names.ts';
import { isDelivered } from './outcomes.ts';
import type { Judgement } from './scores.ts';

/** What the choice of rows does to the counts: nobody has drawn them at random. */
export function biasSentences({ rows }: CompatMatrix, judgements: readonly Judgement[]): readonly string[] {
  if (rows.length === 0) return [];
  const kinds = FAMILY_NAMES.flatMap((family) => {
    const count = rows.filter((row) => row.family === family).length;
    return count > 0 ? [`${count} ${FAMILIES[family].toLowerCase()}`] : [];
  });
  const roles = (['reverse proxy', 'forward proxy'] as const).flatMap((role) => {
    const products = new Set(rows.filter(({ path }) => path.role === role).map(({ path }) => path.title));
    return products.size > 0 ? [`${listWords([...products])} as ${role}`] : [];
  });
  const alone = FAMILY_NAMES.flatMap((family) => {
    const own = rows.filter((row) => row.family === family);
    const names = TECHNIQUES.flatMap((name) => {
      const count = own.filter((row) => failsAlone(row, name)).length;
      return count > 0 ? [`${inSentence(name)} on ${count}`] : [];
    });
    return names.length > 0 ? [`${listWords(names)} of ${own.length} ${FAMILIES[family].toLowerCase()}`] : [];
  });
  const onOneRow = judgements.filter(
    ({ measure, outcome, wins, losses }) =>
      measure.kind === 'paths' &&
      // A mixed one has its verdict from both sides: either of them may hang on one row.
      (outcome === 'mixed' ? Math.min(wins.length, losses.length) === 1 : wins.length + losses.length === 1),
  );
  const stalled = rows.filter(
    ({ path }) =>
      path.state.state === 'ran' &&
      Object.values(probesOf(path.state))
        .flat()
        .some(({ stalledMs = 0 }) => stalledMs > STALLED_MS),
  );
  return [
    ...(stalled.length > 0
      ? [
          `The machine stood still for more than ${STALLED_MS / 1000} s while it ran ${listWords(stalled.map(({ title }) => title))}: what is there says more about the machine than about the path.`,
        ]
      : []),
    `The rows are ${listWords(kinds)}${roles.length > 0 ? `: ${listWords(roles)}` : ''}. They were chosen for being at hand, not drawn from the world’s paths: mobile networks, company proxies that open TLS, CDNs, cloud balancers and virus scanners are not among them, and a share of rows is no share of users.`,
    ...(rows.some(({ family }) => family === 'mechanism')
      ? [
          'Each mechanism was written because it breaks something; how many there are against each transport is the choice of whoever wrote them. That is why they are a family of their own.',
        ]
      : []),
    ...(alone.length > 0
      ? [
          `With a naive server, one transport alone fails: ${alone.join('; ')}. A further row of such a kind moves a score; it cannot undo a named witness.`,
        ]
      : []),
    ...(onOneRow.length > 0
      ? [
          `${onOneRow.length} of the ${judgements.filter(({ measure }) => measure.kind === 'paths').length} judgements by paths hang on a single row: without it the outcome would be another.`,
        ]
      : []),
  ];
}

/** Whether all others deliver on a path, with a naive server, and this one does not. */
function failsAlone({ cells }: MatrixRow, name: TransportName): boolean {
  return TECHNIQUES.every((other) => {
    const cell = cells.naive[other];
    return cell !== undefined && isDelivered(cell.outcome) === (other !== name);
  });
}
