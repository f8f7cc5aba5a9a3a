import type { ChartDataset, TooltipItem } from 'chart.js';
import { TRANSPORTS } from '../../server/wire.ts';
import type { Analysis } from '../results/analysis.ts';
import {
  type BatchedTransport,
  batchedTransports,
  batchingShares,
  formatFit,
  WORDED_BURST,
} from '../results/batching.ts';
import { costAt } from '../results/burst-fit.ts';
import { formatEstimate, formatNumber } from '../results/format.ts';
import { errorBars, type IntervalPoint } from './error-bars.ts';
import { chartOptions } from './layout.ts';
import type { ResultChart } from './results.ts';
import { axis, type Ground, pointOf } from './style.ts';

const WIDTH = 860;
/** Points a fitted curve is drawn through. */
const CURVE_POINTS = 48;
/** Room around the marks of an axis, as a factor. */
const MARGIN = 1.5;

/** A mark: how many messages shared a write, and what each cost. */
interface BatchMark extends IntervalPoint {
  readonly title: string;
}

/** What a delivery costs by how many messages share its write, on logarithmic axes, with the line through it. */
export function batchingChart(analysis: Analysis): ResultChart<'scatter'> | undefined {
  const transports = batchedTransports(analysis);
  if (transports.length === 0) return undefined;
  const points = transports.flatMap((transport) => transport.points);
  const bursts = points.map(({ burst }) => burst);
  const costs = points.map(({ cost }) => cost.median);
  const title = titleOf(transports);
  return {
    id: 'batching-burst',
    title,
    description: transports
      .map(({ lane, points: own, fit }) =>
        [
          `${lane.title}: ${fit ? formatFit(fit) : 'no line'}`,
          ...own.map(
            ({ title, burst, cost }) =>
              `${title}: ${formatNumber(burst)} messages a write, ${formatEstimate(cost, 'µs')}`,
          ),
        ].join('; '),
      )
      .join('. '),
    width: WIDTH,
    height: 480,
    configure: (ground) => {
      const options = chartOptions<'scatter'>(title, WIDTH, subtitleOf(transports), ground, tooltipLabel);
      return {
        type: 'scatter',
        data: { datasets: transports.flatMap((transport) => datasetsOf(transport, ground)) },
        plugins: [errorBars],
        options: {
          ...options,
          plugins: {
            ...options.plugins,
            legend: {
              ...options.plugins.legend,
              labels: {
                ...options.plugins.legend.labels,
                // A line’s entry has the mark of its points: those need none of their own.
                filter: ({ text }) => text !== '',
              },
            },
          },
          scales: {
            x: logarithmic('Messages per write or answer', bursts, ground),
            y: logarithmic('Server CPU per delivery (µs)', costs, ground),
          },
        },
      };
    },
  };
}

function datasetsOf({ lane, points, fit }: BatchedTransport, ground: Ground): ChartDataset<'scatter'>[] {
  const point = pointOf(lane.transport ? TRANSPORTS[lane.transport].marker : 'cross');
  const marks = (by: 'window' | 'turn') =>
    points
      .filter((point) => point.by === by)
      .map(({ title, burst, cost }): BatchMark => {
        const { median, low, high } = cost;
        return { title, x: burst, y: median, low, high };
      });
  const style = {
    borderColor: lane.colour,
    ...point,
    pointRadius: 6,
    borderWidth: 2,
    clip: false as const,
  };
  const line: ChartDataset<'scatter'> = {
    label: fit ? `${lane.title}: ${formatFit(fit)}` : lane.title,
    data: fit
      ? curve(
          fit,
          points.map(({ burst }) => burst),
        )
      : [],
    ...style,
    backgroundColor: lane.colour,
    pointRadius: 0,
    showLine: true,
    borderWidth: 1.5,
  };
  return [
    { ...style, label: '', data: marks('window'), backgroundColor: lane.colour },
    { ...style, label: '', data: marks('turn'), backgroundColor: ground.background },
    line,
  ];
}

function curve(fit: Parameters<typeof costAt>[0], bursts: readonly number[]) {
  const [from, to] = [Math.min(...bursts), Math.max(...bursts)];
  return Array.from({ length: CURVE_POINTS }, (_, i) => {
    const burst = from * (to / from) ** (i / (CURVE_POINTS - 1));
    return { x: burst, y: costAt(fit, burst) };
  });
}

function titleOf(transports: readonly BatchedTransport[]): string {
  const shares = batchingShares(transports);
  const batching = shares?.batching.find(({ lane }) => lane === shares.reference);
  const protocol = shares?.protocol.at(-1);
  if (!shares || !batching || !protocol) return 'Messages that share a write make each delivery cheaper';
  const { title } = shares.reference;
  return `Batching: ${WORDED_BURST} messages a write instead of one make a delivery over ${title} ${formatNumber(batching.ratio)}× cheaper. Protocol: ${title} instead of ${protocol.lane.title.toLowerCase()}, ${formatNumber(protocol.ratio)}×`;
}

function subtitleOf(transports: readonly BatchedTransport[]): string[] {
  const [first] = transports.flatMap(({ points }) => points);
  const blocks = first?.cost.blocks ?? 0;
  const median =
    blocks > 1 ? `Medians of ${blocks} blocks with their 95 % intervals.` : 'One block: no intervals.';
  const turns = transports.some(({ points }) => points.some(({ by }) => by === 'turn'));
  return [
    median,
    turns
      ? 'Filled: messages that waited for each other. Hollow: so many published in one turn, to 500 subscribers, at the server’s limit.'
      : 'Lines: least squares of a/burst + b on the relative error.',
  ];
}

function logarithmic(title: string, values: readonly number[], ground: Ground) {
  return {
    ...axis(title, ground),
    type: 'logarithmic' as const,
    min: Math.min(...values) / MARGIN,
    max: Math.max(...values) * MARGIN,
    ticks: {
      color: ground.muted,
      autoSkip: false,
      callback: (value: string | number) => (isRound(Number(value)) ? formatNumber(Number(value)) : ''),
    },
  };
}

/** 1, 2 and 5 of each decade are enough. */
function isRound(value: number): boolean {
  const mantissa = value / 10 ** Math.floor(Math.log10(value) + 1e-9);
  return [1, 2, 5].some((round) => Math.abs(mantissa - round) < 1e-6);
}

function tooltipLabel({ raw, dataset }: TooltipItem<'scatter'>): string {
  const { x, y, title } = raw as { x: number; y: number; title?: string }; // this file’s own marks
  const place = `${formatNumber(x)} messages a write: ${formatNumber(y)} µs`;
  return `${title ?? dataset.label ?? ''}, ${place}`;
}
