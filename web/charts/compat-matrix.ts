import { MANNERS, TRANSPORTS, type TransportName } from '../../server/wire.ts';
import type { FurtherLanes } from '../compat/lanes.ts';
import { FAMILIES, FAMILY_NAMES, MANNERS_TITLES, type MatrixRow } from '../compat/matrix.ts';
import { inSentence } from '../compat/names.ts';
import { isDelivered, OUTCOME_LOOKS, outcomeWords } from '../compat/outcomes.ts';
import { FOLK_ORDER } from '../compat/scores.ts';
import { shareTitle } from './compat-scores.ts';
import { chartOptions } from './layout.ts';
import { type OutcomePoint, outcomeSigns } from './outcome-signs.ts';
import type { ResultChart } from './results.ts';
import { axis, type Ground } from './style.ts';

const CELL_PX = { width: 86, height: 27 } as const;
const LABELS_PX = 250;
/** Title, headings of the columns and the legend. */
const AROUND_PX = 150;
/** Between the columns of the two servers, in cells. */
const GAP = 0.35;

/** A line of the matrix: a heading, or a path. */
type Line = { readonly heading: string } | { readonly row: MatrixRow };

function linesOf(rows: readonly MatrixRow[]): readonly Line[] {
  const [mechanisms, products] = [true, false].map((wanted) =>
    rows.filter(({ family }) => (family === 'mechanism') === wanted),
  );
  return [
    { heading: FAMILIES.mechanism, rows: mechanisms ?? [] },
    { heading: 'Products', rows: products ?? [] },
  ].flatMap(({ heading, rows: own }) =>
    own.length > 0 ? [{ heading }, ...own.map((row) => ({ row }))] : [],
  );
}

/** Every path, every technique, both servers. */
export function matrixChart(rows: readonly MatrixRow[]): readonly ResultChart<'matrix'>[] {
  return chartOf('compat-matrix', matrixTitle(rows), rows, FOLK_ORDER);
}

/** The same of the lanes beside the techniques. */
export function furtherChart(
  rows: readonly MatrixRow[],
  { lanes, shares }: FurtherLanes,
): readonly ResultChart<'matrix'>[] {
  if (lanes.length === 0) return [];
  return chartOf('compat-matrix-further', `Beside the techniques: ${shareTitle(shares)}`, rows, lanes);
}

function chartOf(
  id: string,
  title: string,
  rows: readonly MatrixRow[],
  lanes: readonly TransportName[],
): readonly ResultChart<'matrix'>[] {
  if (rows.length === 0) return [];
  const lines = linesOf(rows);
  const columns = MANNERS.flatMap((manners, block) =>
    lanes.map((transport, i) => ({ manners, transport, x: block * (lanes.length + GAP) + i })),
  );
  const points = lines.flatMap((line, y) =>
    'heading' in line
      ? []
      : columns.flatMap(({ manners, transport, x }): readonly OutcomePoint[] => {
          const cell = line.row.cells[manners][transport];
          return cell ? [{ x, y, outcome: cell.outcome, cuts: cell.cuts }] : [];
        }),
  );
  const width = LABELS_PX + Math.round((columns.length + GAP) * CELL_PX.width);
  const last = columns.at(-1)?.x ?? 0;
  const blockCentres = MANNERS.map((_, block) => block * (lanes.length + GAP) + (lanes.length - 1) / 2);
  return [
    {
      id,
      title,
      description: describeMatrix(rows, lanes),
      width,
      height: AROUND_PX + lines.length * CELL_PX.height,
      configure(ground) {
        const options = chartOptions<'matrix'>(
          title,
          width,
          ['What came of 20 messages live, one after a silence, and four more.'],
          ground,
          ({ raw }) => tooltipOf(lines, raw as OutcomePoint), // this chart's own points
        );
        return {
          type: 'matrix',
          data: {
            datasets: [
              {
                data: points,
                xAxisID: 'x',
                yAxisID: 'y',
                backgroundColor: ({ raw }) =>
                  OUTCOME_LOOKS[(raw as OutcomePoint).outcome][ground.scheme].fill, // as above
                borderWidth: 0,
                borderRadius: 3,
                width: ({ chart }) => between(chart.scales['x']) - 3,
                height: ({ chart }) => between(chart.scales['y']) - 3,
              },
            ],
          },
          plugins: [outcomeSigns(ground)],
          options: {
            ...options,
            layout: { padding: { left: 6, right: 12, top: 4, bottom: 40 } },
            plugins: {
              ...options.plugins,
              legend: { display: false },
              tooltip: {
                ...options.plugins.tooltip,
                displayColors: false,
                callbacks: { ...options.plugins.tooltip.callbacks, title: () => '' },
              },
            },
            scales: {
              servers: {
                axis: 'x',
                ...bareAxis(ground),
                position: 'top',
                min: -0.5,
                max: last + 0.5,
                weight: 1,
                afterBuildTicks: (scale) => {
                  scale.ticks = blockCentres.map((value) => ({ value }));
                },
                ticks: {
                  color: ground.text,
                  autoSkip: false,
                  font: { weight: 'bold' },
                  callback: (_, index) => {
                    const manners = MANNERS[index];
                    return manners ? MANNERS_TITLES[manners] : '';
                  },
                },
              },
              x: {
                ...bareAxis(ground),
                position: 'top',
                min: -0.5,
                max: last + 0.5,
                afterBuildTicks: (scale) => {
                  scale.ticks = columns.map(({ x }) => ({ value: x }));
                },
                ticks: {
                  color: ground.muted,
                  autoSkip: false,
                  maxRotation: 0,
                  callback: (_, index) => {
                    const column = columns[index];
                    // A variant's title is longer than its column is wide.
                    return column ? TRANSPORTS[column.transport].title.split(/(?<=,) /) : '';
                  },
                },
              },
              y: {
                ...bareAxis(ground),
                reverse: true,
                min: -0.5,
                max: lines.length - 0.5,
                afterBuildTicks: (scale) => {
                  scale.ticks = lines.map((_, value) => ({ value }));
                },
                ticks: {
                  autoSkip: false,
                  color: ({ index }) => (isHeading(lines[index]) ? ground.text : ground.muted),
                  font: ({ index }) => ({ weight: isHeading(lines[index]) ? 'bold' : 'normal' }),
                  callback: (_, index) => lineTitle(lines[index]),
                },
              },
            },
          },
        };
      },
    },
  ];
}

function bareAxis(ground: Ground) {
  return {
    ...axis('', ground),
    offset: false,
    title: { display: false },
    grid: { display: false },
    border: { display: false },
  };
}

/** Pixels from one place of a scale to the next. */
function between(scale: { getPixelForValue(value: number): number } | undefined): number {
  return scale
    ? Math.max(4, Math.abs(scale.getPixelForValue(1) - scale.getPixelForValue(0)))
    : CELL_PX.height;
}

function isHeading(line: Line | undefined): boolean {
  return line !== undefined && 'heading' in line;
}

function lineTitle(line: Line | undefined): string {
  if (!line) return '';
  return 'heading' in line ? line.heading : line.row.title;
}

function tooltipOf(lines: readonly Line[], { y, outcome, cuts }: OutcomePoint): string {
  return `${lineTitle(lines[Number(y)])}: ${outcomeWords({ outcome, cuts })}`;
}

function matrixTitle(rows: readonly MatrixRow[]): string {
  const family = FAMILY_NAMES.find((name) => rows.some((row) => row.family === name)) ?? 'mechanism';
  const own = rows.filter((row) => row.family === family);
  const passing = MANNERS.map((manners) => {
    const count = own.filter(({ cells }) =>
      FOLK_ORDER.every((name) => {
        const cell = cells[manners][name];
        return cell === undefined || isDelivered(cell.outcome);
      }),
    ).length;
    return `${count} with a ${manners} server`;
  });
  return `All ${FOLK_ORDER.length} techniques deliver on ${passing.join(', ')}, of ${own.length} ${FAMILIES[family].toLowerCase()}`;
}

function describeMatrix(rows: readonly MatrixRow[], lanes: readonly TransportName[]): string {
  return rows
    .map(({ title, cells }) => {
      const servers = MANNERS.map((manners) => {
        const outcomes = lanes.flatMap((name) => {
          const cell = cells[manners][name];
          return cell ? [`${inSentence(name)} ${outcomeWords(cell)}`] : [];
        });
        return `${manners} server: ${outcomes.join(', ')}`;
      });
      return `${title}: ${servers.join('; ')}`;
    })
    .join('. ');
}
