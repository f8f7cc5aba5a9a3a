import { MANNERS, TRANSPORTS, type TransportName } from '../../server/wire.ts';
import { creditsOf } from '../compat/credits.ts';
import { formatShare } from '../compat/findings.ts';
import { FAMILIES, FAMILY_NAMES } from '../compat/matrix.ts';
import { inSentence } from '../compat/names.ts';
import type { Support } from '../compat/schema.ts';
import {
  BROWSER_MEASURE_NAMES,
  BROWSER_MEASURES,
  browserShares,
  FOLK_ORDER,
  PATH_SCORES,
  type PathScore,
  type PathShare,
} from '../compat/scores.ts';
import { chartOptions } from './layout.ts';
import type { ResultChart } from './results.ts';
import { axis, seriesStyle } from './style.ts';

/** One score of the paths: families and servers side by side, never added up. */
export function scoreChart(score: PathScore, pathShares: readonly PathShare[]): readonly ResultChart[] {
  const shares = pathShares.filter((share) => share.score === score);
  const groups = FAMILY_NAMES.flatMap((family) =>
    MANNERS.flatMap((manners) => {
      const own = shares.filter((share) => share.family === family && share.manners === manners);
      return own[0] ? [{ title: [FAMILIES[family], `${manners} server`, `${own[0].of} paths`], own }] : [];
    }),
  );
  if (groups.length === 0) return [];
  return [
    barChart({
      id: `compat-${score}`,
      title: `${PATH_SCORES[score]}: ${shareTitle(shares)}`,
      labels: groups.map(({ title }) => title),
      values: (name) =>
        groups.map(({ own }) => {
          const share = own.find(({ transport }) => transport === name);
          return share ? { share: share.met / share.of, text: `${share.met} of ${share.of}` } : undefined;
        }),
      note:
        score === 'delivered'
          ? 'All messages came, whether or not connections were cut or requests failed.'
          : 'All messages came; no connection was cut and no request failed.',
    }),
  ];
}

/** The figures of products as shipped behind a naive server, or of whatever family comes first. */
export function shareTitle(shares: readonly PathShare[]): string {
  const naive = shares.filter(({ manners, score }) => manners === 'naive' && score === shares[0]?.score);
  const family = naive.find((share) => share.family === 'as shipped')?.family ?? naive[0]?.family;
  const own = naive.filter((share) => share.family === family);
  const figures = own.map(({ transport, met, of }) => `${inSentence(transport)} ${met} of ${of}`);
  // Titles of lanes may have commas.
  return `${figures.join(own.some(({ transport }) => TRANSPORTS[transport].title.includes(',')) ? '; ' : ', ')} (${family === undefined ? '' : FAMILIES[family].toLowerCase()}, naive server)`;
}

/** Share of the browsers that have what each transport needs. */
export function browserChart(support: Support | null): readonly ResultChart[] {
  const shares = browserShares(support);
  const measures = BROWSER_MEASURE_NAMES.filter((name) => shares.some(({ measure }) => measure === name));
  if (!support || measures.length === 0) return [];
  return [
    barChart({
      id: 'compat-browsers',
      title: `Browser share: ${shares
        .filter(({ measure }) => measure === measures[0])
        .map(({ transport, share }) => `${inSentence(transport)} ${formatShare(share)}`)
        .join(', ')} of ${measures[0] === 'usage' ? 'browsers in use' : 'released versions'}`,
      labels: measures.map((measure) => [BROWSER_MEASURES[measure]]),
      values: (name) =>
        measures.map((measure) => {
          const share = shares.find((one) => one.measure === measure && one.transport === name)?.share;
          return share === undefined ? undefined : { share, text: formatShare(share) };
        }),
      note: creditsOf(support),
    }),
  ];
}

interface Bars {
  readonly id: string;
  readonly title: string;
  readonly labels: readonly string[][];
  readonly values: (
    name: TransportName,
  ) => readonly ({ readonly share: number; readonly text: string } | undefined)[];
  readonly note: string;
}

function barChart({ id, title, labels, values, note }: Bars): ResultChart {
  const width = Math.max(640, 120 + labels.length * 150);
  const series = FOLK_ORDER.map((name) => ({ name, values: values(name) }));
  const described = series.map(
    ({ name, values: own }) =>
      `${TRANSPORTS[name].title}: ${own.map((value, at) => `${labels[at]?.join(', ')}: ${value?.text ?? 'unknown'}`).join('; ')}`,
  );
  return {
    id,
    title,
    description: described.join('. '),
    width,
    height: 360,
    configure: (ground) => ({
      type: 'bar',
      data: {
        labels: [...labels],
        datasets: series.map(({ name, values: own }) => ({
          ...seriesStyle(name),
          borderWidth: 0,
          minBarLength: 2,
          data: own.map((value) => (value ? value.share * 100 : null)),
        })),
      },
      options: {
        ...chartOptions<'bar' | 'scatter'>(
          title,
          width,
          [note],
          ground,
          ({ dataset, datasetIndex, dataIndex }) =>
            `${dataset.label ?? ''}: ${series[datasetIndex]?.values[dataIndex]?.text ?? ''}`,
        ),
        scales: {
          x: {
            ...axis('', ground),
            grid: { display: false },
            ticks: { color: ground.muted, autoSkip: false, maxRotation: 0 },
          },
          y: { ...axis('%', ground), min: 0, max: 100 },
        },
      },
    }),
  };
}
