import { MANNERS, TRANSPORTS, type TransportName } from '../../../server/wire.ts';
import type { CompatChart } from '../../../web/charts/compat.ts';
import { changeText, mannersText, settingsOf } from '../../../web/compat/advice.ts';
import { creditsOf } from '../../../web/compat/credits.ts';
import { subjectsOf, troubles } from '../../../web/compat/environment-facts.ts';
import { type CompatFindings, formatShare } from '../../../web/compat/findings.ts';
import { FAMILIES, FAMILY_NAMES, type MatrixRow } from '../../../web/compat/matrix.ts';
import { OUTCOME_LOOKS, OUTCOMES, outcomeText } from '../../../web/compat/outcomes.ts';
import type { Compat, EnvironmentSubject } from '../../../web/compat/schema.ts';
import {
  BROWSER_MEASURE_NAMES,
  BROWSER_MEASURES,
  FOLK_ORDER,
  JUDGING,
  type Judgement,
  measureTitle,
  PAIRS,
  PATH_SCORE_NAMES,
  PATH_SCORES,
  type PathShare,
  witnessesOf,
} from '../../../web/compat/scores.ts';
import { groupBy } from '../../../web/results/group.ts';
import { list, table } from './markdown.ts';

const title = (name: TransportName): string => TRANSPORTS[name].title;
const TITLES = FOLK_ORDER.map(title);

/** The compatibility part of a run in Markdown: verdict, scores, matrix, pairs, advice, environments, browsers. */
export function toCompatSummary(
  compat: Compat,
  findings: CompatFindings,
  charts: readonly CompatChart[],
): string {
  const { run, machine } = compat;
  const parts = [
    '# Compatibility',
    findings.headline,
    `Run ${run.name}${run.complete ? '' : ', stopped before the end'}; time scale ${run.timeScale}; ${run.browser ?? `no browser: clients in Node`}; ${machine.cores} cores of ${machine.cpu}, Node ${machine.node}, ${machine.os} ${machine.kernel}; \`${run.command}\`, commit ${run.commit ?? 'unknown'}${run.modified ? ' with changes' : ''}.`,
    list(findings.sentences),
    ...section('## Three scores, side by side', scoreTables(findings)),
    ...section('## Every path, every technique', matrixPart(findings)),
    ...section('## Beside the four techniques', furtherPart(findings)),
    ...section('## The folk order, pair by pair', pairPart(findings.judgements)),
    ...section('## If nobody knows what a path is worth', weightPart(findings)),
    ...section('## What a polite server changes', advicePart(findings)),
    ...section('## What surrounds the page', environmentPart(compat)),
    ...section('## Browser support', supportPart(compat)),
    ...section('## What the choice of rows does', findings.bias.length > 0 ? [list(findings.bias)] : []),
    ...section(
      '## Charts of compatibility',
      charts.map((chart) => `![${chart.title}](charts/${chart.id}.svg)`),
    ),
    ...machine.limits.map((text) => `> ${text}`),
  ];
  return `${parts.join('\n\n')}\n`;
}

function section(heading: string, parts: readonly string[]): readonly string[] {
  return parts.length > 0 ? [heading, ...parts] : [];
}

function scoreTables({ pathShares, browserShares }: CompatFindings): readonly string[] {
  const browsers = BROWSER_MEASURE_NAMES.flatMap((measure) => {
    const own = browserShares.filter((one) => one.measure === measure);
    if (own.length === 0) return [];
    const cells = FOLK_ORDER.map((name) => {
      const share = own.find(({ transport }) => transport === name);
      return share ? formatShare(share.share) : '';
    });
    return [[`Browser share: ${BROWSER_MEASURES[measure].toLowerCase()}`, ...cells]];
  });
  const rows = [...browsers, ...countRows(pathShares, FOLK_ORDER)];
  return rows.length > 0 ? [table(['Score', ...TITLES], rows)] : [];
}

/** How many paths each lane passes: a row for each score, family and server. */
function countRows(
  shares: readonly PathShare[],
  lanes: readonly TransportName[],
): readonly (readonly string[])[] {
  return PATH_SCORE_NAMES.flatMap((score) =>
    FAMILY_NAMES.flatMap((family) =>
      MANNERS.flatMap((manners) => {
        const own = shares.filter(
          (one) => one.score === score && one.family === family && one.manners === manners,
        );
        if (own.length === 0) return [];
        const cells = lanes.map((name) => {
          const share = own.find(({ transport }) => transport === name);
          return share ? `${share.met} of ${share.of}` : '';
        });
        return [[`${PATH_SCORES[score]}: ${FAMILIES[family].toLowerCase()}, ${manners} server`, ...cells]];
      }),
    ),
  );
}

function matrixPart({ matrix }: CompatFindings): readonly string[] {
  const { rows, leftOut } = matrix;
  const legend = OUTCOMES.map((outcome) => {
    const { sign, word, meaning } = OUTCOME_LOOKS[outcome];
    return `${sign} ${word}: ${meaning}`;
  });
  const names = leftOut.map(({ title: name, reason }) => `${name}: ${reason}`);
  return [
    ...(rows.length > 0 ? [`${legend.join('; ')}.`, outcomeTable(rows, FOLK_ORDER)] : []),
    ...(names.length > 0 ? [`Left out, and in no score: ${names.join('; ')}.`] : []),
  ];
}

function outcomeTable(rows: readonly MatrixRow[], lanes: readonly TransportName[]): string {
  return table(
    ['Path', ...MANNERS.flatMap((manners) => lanes.map((name) => `${title(name)}, ${manners}`))],
    rows.map((row) => [
      `${row.title}${row.path.version === null ? '' : ` (${row.path.version})`}`,
      ...MANNERS.flatMap((manners) =>
        lanes.map((name) => {
          const cell = row.cells[manners][name];
          return cell ? outcomeText(cell) : '';
        }),
      ),
    ]),
  );
}

function furtherPart({ further, matrix }: CompatFindings): readonly string[] {
  const { lanes, shares, sentences } = further;
  if (lanes.length === 0) return [];
  return [
    'On the same paths; the folk order is not about them. Each cell is one trial.',
    list(sentences),
    table(['Count', ...lanes.map(title)], countRows(shares, lanes)),
    outcomeTable(matrix.rows, lanes),
  ];
}

function pairPart(judgements: readonly Judgement[]): readonly string[] {
  if (judgements.length === 0) return [];
  return [
    `Paths on which the first is better, to those on which the second is, family by family; shares of browsers. ${JUDGING}`,
    ...pairTable(
      '### Browsers',
      judgements.filter(({ measure }) => measure.kind === 'browsers'),
    ),
    ...FAMILY_NAMES.flatMap((family) =>
      pairTable(
        `### ${FAMILIES[family]}`,
        judgements.filter(({ measure }) => measure.kind === 'paths' && measure.family === family),
      ),
    ),
  ];
}

function pairTable(heading: string, judgements: readonly Judgement[]): readonly string[] {
  if (judgements.length === 0) return [];
  if (judgements.every(({ outcome }) => outcome === 'tie')) return [heading, 'No pair differs.'];
  const measures = [...new Set(judgements.map(({ measure }) => measure))];
  const of = (pair: Judgement['pair'], measure: Judgement['measure']) =>
    judgements.find((one) => one.pair === pair && one.measure === measure);
  return [
    heading,
    table(
      ['Pair', ...measures.map(measureTitle)],
      PAIRS.map((pair) => [
        `${title(pair.better)} > ${title(pair.worse)}`,
        ...measures.map((measure) => {
          const one = of(pair, measure);
          if (!one) return '';
          const figures = one.shares
            ? `${formatShare(one.shares.better)} to ${formatShare(one.shares.worse)}`
            : `${one.wins.length} to ${one.losses.length}`;
          return `${one.outcome} (${figures})`;
        }),
      ]),
    ),
    list(
      witnessesOf(judgements).map(({ pair, title: heard, wins, losses }) => {
        const sides = [
          ...(wins.length > 0 ? [`${title(pair.better)} is better on ${wins.join('; ')}`] : []),
          ...(losses.length > 0 ? [`${title(pair.worse)} is better on ${losses.join('; ')}`] : []),
        ];
        return `**${title(pair.better)} > ${title(pair.worse)}, ${heard.toLowerCase()}**: ${sides.join('. ')}.`;
      }),
    ),
  ];
}

function advicePart({ advice, matrix }: CompatFindings): readonly string[] {
  const settings = settingsOf(matrix.rows);
  if (!settings) return [];
  const { polite, naive } = mannersText(settings);
  return [
    `Polite: ${polite}. Naive: ${naive}. Nothing else differs. Each cell is one trial.`,
    ...(advice.length > 0 ? [list(advice.map(changeText))] : []),
  ];
}

/** Orders that come out more rarely than this are not named. */
const NAMED_SHARE = 0.02;

function weightPart({ weights }: CompatFindings): readonly string[] {
  return weights.length === 0
    ? []
    : [
        `${weights[0]?.draws.toLocaleString('en-US')} random weightings of a family’s rows, every division being equally likely: which order comes out, and how often.`,
        list(
          weights.map(({ family, score, manners, orders, folkShare }) => {
            const named = orders.filter(({ share }) => share >= NAMED_SHARE);
            const texts = named.map(({ order, share }) => `${order} in ${formatShare(share)}`);
            return `**${FAMILIES[family]}, ${PATH_SCORES[score].toLowerCase()}, ${manners} server**: ${texts.join('; ')}. The folk order holds, ties allowed, in ${formatShare(folkShare)}.`;
          }),
        ),
      ];
}

function environmentPart({ environments }: Compat): readonly string[] {
  if (environments.length === 0) return [];
  const parts = [...groupBy(environments, ({ group }) => group)].flatMap(([group, own]) => {
    const subjects = subjectsOf(own);
    const details = own.flatMap(({ title: name, state }) => {
      if (state.state === 'failed') return [`**${name}** could not be tried: ${state.reason}`];
      const told = troubles(state.outcomes).map(
        ({ subjects: those, detail }) => `${those.map(subjectTitle).join('; ')}: ${detail}`,
      );
      return told.length > 0 ? [`**${name}**\n  - ${told.join('\n  - ')}`] : [];
    });
    return [
      `### ${group}`,
      table(
        ['Environment', ...subjects.map(subjectTitle)],
        own.map(({ title: name, state }) => [
          name,
          ...subjects.map((subject) => {
            const outcome = state.state === 'ran' ? state.outcomes[subject] : undefined;
            return outcome ? WORKS_SIGNS[outcome.works] : '';
          }),
        ]),
      ),
      ...(details.length > 0 ? [list(details)] : []),
    ];
  });
  return ['✓ works, ± works in part, ✗ does not work; what was seen stands below each table.', ...parts];
}

const WORKS_SIGNS = { yes: '✓', some: '±', no: '✗' } as const;

function subjectTitle(subject: EnvironmentSubject): string {
  return subject === 'fetch' ? 'fetch' : title(subject);
}

function supportPart({ support }: Compat): readonly string[] {
  if (!support) return [];
  const browsers = [
    ...new Set(support.features.flatMap(({ firsts }) => firsts.map(({ browser }) => browser))),
  ];
  const notes = support.features.flatMap(({ title: feature, notes: own }) =>
    own.map((note) => `${feature}: ${note}`),
  );
  return [
    table(
      ['Feature', 'In use', 'Ever released', ...browsers],
      support.features.map(({ title: feature, usageShare, releasedShare, firsts }) => [
        feature,
        usageShare === null ? '–' : formatShare(usageShare),
        releasedShare === null ? '–' : formatShare(releasedShare),
        ...browsers.map((browser) => {
          const first = firsts.find((one) => one.browser === browser);
          if (!first) return '';
          return first.version === null ? 'never' : `${first.version}${first.date ? ` (${first.date})` : ''}`;
        }),
      ]),
    ),
    ...(notes.length > 0 ? [list(notes)] : []),
    creditsOf(support),
  ];
}
