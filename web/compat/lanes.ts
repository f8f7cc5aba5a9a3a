import {
  isTechnique,
  MANNERS,
  type Manners,
  PROBLEMS,
  TRANSPORT_NAMES,
  TRANSPORTS,
  type TransportName,
} from '../../server/wire.ts';
import { furtherLanes, isLibrary, isUpgraded } from '../probe/lanes.ts';
import { listWords } from '../results/format.ts';
import type { MatrixRow } from './matrix.ts';
import { inSentence } from './names.ts';
import { isDelivered } from './outcomes.ts';
import { type PathShare, pathShares } from './scores.ts';

/** What a run says of the lanes beside the four techniques. No verdict is about them. */
export interface FurtherLanes {
  /** Those that were measured, in the registry's order. */
  readonly lanes: readonly TransportName[];
  readonly shares: readonly PathShare[];
  readonly comparisons: readonly LaneComparison[];
  readonly sentences: readonly string[];
}

/** A lane beside the technique that it is measured against, with one server: by what is delivered. */
interface LaneComparison {
  readonly lane: TransportName;
  readonly against: TransportName;
  readonly manners: Manners;
  /** Paths that have a cell of both. */
  readonly compared: number;
  /** Paths on which the lane delivers and the technique does not, and the other way round, by name. */
  readonly wins: readonly string[];
  readonly losses: readonly string[];
  /** Those of the losses that the lab itself has refused, for the origin of what was sent. */
  readonly refused: readonly string[];
}

export function findFurtherLanes(rows: readonly MatrixRow[]): FurtherLanes {
  const lanes = furtherLanes(
    rows.flatMap(({ cells }) => MANNERS.flatMap((one) => Object.values(cells[one]))),
  );
  const comparisons = lanes.flatMap((lane) => MANNERS.flatMap((manners) => compare(rows, lane, manners)));
  return {
    lanes,
    shares: pathShares(rows, lanes),
    comparisons,
    sentences:
      lanes.length === 0
        ? []
        : [
            ...lanes.flatMap((lane) => besideText(comparisons.filter((one) => one.lane === lane))),
            ...fallbackTexts(rows, lanes),
            ...outOfReachTexts(),
          ],
  };
}

/** The status of `forbidden-origin`. */
const FORBIDDEN = PROBLEMS['forbidden-origin'];

/** Whether a path brought this lane's messages; undefined where it was not measured there. */
function delivers({ cells }: MatrixRow, manners: Manners, name: TransportName): boolean | undefined {
  const cell = cells[manners][name];
  return cell && isDelivered(cell.outcome);
}

function compare(
  rows: readonly MatrixRow[],
  lane: TransportName,
  manners: Manners,
): readonly LaneComparison[] {
  const { against } = TRANSPORTS[lane];
  if (against === undefined) return [];
  const both = rows.flatMap((row) => {
    const own = delivers(row, manners, lane);
    const other = delivers(row, manners, against);
    return own === undefined || other === undefined ? [] : [{ title: row.title, own, other }];
  });
  if (both.length === 0) return [];
  const wins = both.filter(({ own, other }) => own && !other).map(({ title }) => title);
  const losses = both.filter(({ own, other }) => !own && other).map(({ title }) => title);
  const refused = losses.filter((title) =>
    rows.some((row) => row.title === title && row.cells[manners][lane]?.failure?.status === FORBIDDEN),
  );
  return [{ lane, against, manners, compared: both.length, wins, losses, refused }];
}

/** `NDJSON comes through where SSE does, and nowhere else: on all 36 paths, with either server.` */
function besideText(comparisons: readonly LaneComparison[]): readonly string[] {
  const [first] = comparisons;
  if (!first) return [];
  const { title } = TRANSPORTS[first.lane];
  const technique = inSentence(first.against);
  const different = comparisons.filter(({ wins, losses }) => wins.length + losses.length > 0);
  const paths = first.compared === 1 ? 'the one path' : `all ${first.compared} paths`;
  if (different.length === 0) {
    const servers = comparisons.length === 1 ? `a ${first.manners} server` : 'either server';
    return [
      `${title} comes through where ${technique} does, and nowhere else: on ${paths}, with ${servers}.`,
    ];
  }
  const told = comparisons.map(({ manners, wins, losses }) => {
    const parts = [
      ...(wins.length > 0 ? [`also on ${listWords(wins)}`] : []),
      ...(losses.length > 0 ? [`not on ${listWords(losses)}`] : []),
    ];
    return `with a ${manners} server ${parts.length > 0 ? parts.join(', but ') : 'on the same paths'}`;
  });
  const refused = [...new Set(comparisons.flatMap((one) => one.refused))];
  const because =
    refused.length > 0
      ? ` On ${listWords(refused)} it is the lab that refuses (${FORBIDDEN}): what a page posts carries its Origin, which does not fit the Host that a proxy has put in its place.`
      : '';
  return [`${title} beside ${technique}: ${told.join('; ')}.${because}`];
}

/** What a library that begins with polls is worth: what comes of them where its socket brings nothing. */
function fallbackTexts(rows: readonly MatrixRow[], lanes: readonly TransportName[]): readonly string[] {
  const libraries = lanes.filter(isLibrary);
  const socket = libraries.find(isUpgraded);
  const polls = libraries.find((name) => !isUpgraded(name));
  if (!socket || !polls) return [];
  return MANNERS.flatMap((manners) => {
    const refused = rows.filter((row) => delivers(row, manners, socket) === false);
    if (refused.length === 0) return [];
    const without = refused.filter((row) => delivers(row, manners, polls) !== true);
    const through = refused.length - without.length;
    const rest = without.length > 0 ? `; not on ${listWords(without.map(({ title }) => title))}` : '';
    return [
      `With a ${manners} server ${TRANSPORTS[socket].title} does not come through on ${refused.length} ${refused.length === 1 ? 'path' : 'paths'}; ${TRANSPORTS[polls].title} does on ${through} of them${rest}.`,
    ];
  });
}

/** Lanes that no page can have, and so no cell here. */
function outOfReachTexts(): readonly string[] {
  return TRANSPORT_NAMES.filter(
    (name) => !isTechnique(name) && TRANSPORTS[name].ownPort && !TRANSPORTS[name].hosts.includes('browser'),
  ).map(
    (name) =>
      `${TRANSPORTS[name].title} has no column: no browser lets a page open a TCP connection (support 0 %). It is a row of the bench.`,
  );
}
