import { compare, type Figure } from './analysis.ts';
import { outcomeOf } from './estimate.ts';
import { formatFigure, formatNumber, listWords } from './format.ts';
import { groupBy } from './group.ts';
import type { Lane, Metric } from './schema.ts';

/** Titles are to be the same each time the charts are drawn. */
const TITLE_SEED = 1;

/** "SSE and WebSocket are lowest in 6 of 6 cells; short poll is up to 130× higher": the finding, not the axis. */
export function titleOf(metric: Metric, figures: readonly Figure[]): string {
  const sign = metric.better === 'lower' ? 1 : -1;
  const cells = [...groupBy(figures, ({ cell }) => cell.id).values()]
    .filter((cell) => cell.length > 1)
    .map((cell) => [...cell].sort((a, b) => sign * (a.measured.median - b.measured.median)));
  if (cells.length === 0) {
    const values = figures.map(
      ({ lane, measured }) => `${lane.title} ${formatFigure(measured.median, metric.unit)}`,
    );
    return `${metric.title}: ${values.slice(0, 4).join(', ')}`;
  }
  const shares = cells.map(leadersOf);
  const leads = [...groupBy(shares.flat(), (lane) => lane.title)].map(([lane, won]) => ({
    lane,
    cells: won.length,
  }));
  const most = Math.max(...leads.map((lead) => lead.cells));
  const leaders = leads.filter((lead) => lead.cells === most).map(({ lane }) => lane);
  const next = leads.filter((lead) => lead.cells < most && lead.cells >= most / 2);
  const level = shares.some((lanes) => lanes.length > leaders.length) ? ' or level' : '';
  const share = cells.length === 1 ? '' : ` in ${most} of ${cells.length} cells`;
  const others = next.map((lead) => `, ${lead.lane} in ${lead.cells}`).join('');
  const word = metric.better === 'lower' ? 'lowest' : 'highest';
  const lead = `${metric.title}: ${listWords(leaders)} ${leaders.length === 1 ? 'is' : 'are'} ${word}${level}${share}${others}`;
  const [farthest] = cells
    .map((cell) => ({ last: cell.at(-1), ratio: ratioBetween(cell[0], cell.at(-1)) }))
    .sort((a, b) => b.ratio - a.ratio);
  if (!farthest?.last || !Number.isFinite(farthest.ratio)) return lead;
  const distance = `${cells.length === 1 ? '' : 'up to '}${formatNumber(farthest.ratio)}× ${metric.better === 'lower' ? 'higher' : 'lower'}`;
  const last = farthest.last.lane.title;
  return leaders.includes(last)
    ? `${lead}; elsewhere ${last} is ${distance}`
    : `${lead}; ${last} is ${distance}`;
}

/** The best of a cell, and all that are not surely worse, block against block. */
function leadersOf([best, ...others]: readonly Figure[]): readonly Lane[] {
  if (!best) return [];
  const level = others.filter((other) => {
    const ratio = compare(best, other, TITLE_SEED);
    return ratio && outcomeOf(ratio) !== 'reproduced';
  });
  return [best, ...level].map(({ lane }) => lane);
}

function ratioBetween(a: Figure | undefined, b: Figure | undefined): number {
  if (!a || !b) return Number.NaN;
  const values = [a.measured.median, b.measured.median];
  const least = Math.min(...values);
  // A slope may come out below nothing: then there is no saying how many times as much the other is.
  return least <= 0 ? Number.POSITIVE_INFINITY : Math.max(...values) / least;
}
