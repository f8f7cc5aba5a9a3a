import { isTechnique, type TransportName } from '../../server/wire.ts';
import { creditsOf } from '../compat/credits.ts';
import type { FirstSupport, Support } from '../compat/schema.ts';
import { groupBy } from '../results/group.ts';
import { chartOptions } from './layout.ts';
import type { ResultChart } from './results.ts';
import { axis, type Ground, seriesStyle } from './style.ts';

const EXTRA_MARKERS = ['star', 'cross', 'crossRot', 'triangle'] as const;

/** When each browser came to have what the transports rest on. */
export function timelineChart(support: Support | null): readonly ResultChart[] {
  const known = (support?.features ?? [])
    .filter(({ firsts }) => !firsts.some(isOlderThanData))
    .flatMap(({ title, transports, firsts }) =>
      firsts.flatMap(({ browser, date }) =>
        date === null
          ? []
          : [{ feature: title, owner: ownerOf(transports), browser, year: yearOf(date), date }],
      ),
    );
  if (!support || known.length === 0) return [];
  const browsers = [...groupBy(known, ({ browser }) => browser).keys()];
  const features = [...groupBy(known, ({ feature }) => feature)];
  const shared = features.filter(([, points]) => points[0]?.owner === undefined);
  const width = 920;
  const title = timelineTitle(known);
  return [
    {
      id: 'compat-support',
      title,
      description: known.map(({ feature, browser, date }) => `${feature}, ${browser}: ${date}`).join('; '),
      width,
      height: 150 + browsers.length * 34,
      configure: (ground) => ({
        type: 'scatter',
        data: {
          datasets: features.map(([label, points], at) => ({
            ...featureStyle(
              points[0]?.owner,
              shared.findIndex(([title]) => title === label),
              ground,
            ),
            label,
            clip: false,
            data: points.map(({ browser, year }) => ({
              x: year,
              y: browsers.indexOf(browser) + (at / Math.max(1, features.length - 1) - 0.5) * 0.55,
            })),
          })),
        },
        options: {
          ...chartOptions<'bar' | 'scatter'>(
            title,
            width,
            [creditsOf(support)],
            ground,
            ({ datasetIndex, dataIndex }) => {
              const point = features[datasetIndex]?.[1][dataIndex];
              return point ? `${point.feature}, ${point.browser}: ${point.date}` : '';
            },
          ),
          scales: {
            x: {
              ...axis('', ground),
              min: Math.floor(Math.min(...known.map(({ year }) => year))),
              max: Math.ceil(Math.max(...known.map(({ year }) => year))),
              ticks: { color: ground.muted, stepSize: 2, callback: (value) => String(value) },
            },
            y: {
              ...axis('', ground),
              reverse: true,
              min: -0.5,
              max: browsers.length - 0.5,
              afterBuildTicks: (scale) => {
                scale.ticks = browsers.map((_, value) => ({ value }));
              },
              ticks: {
                color: ground.text,
                autoSkip: false,
                callback: (value) => browsers[Number(value)] ?? '',
              },
            },
          },
        },
      }),
    },
  ];
}

interface Known {
  readonly feature: string;
  readonly owner: TransportName | undefined;
  readonly browser: string;
  readonly date: string;
}

/**
 * When the last of these browsers came to have what one transport alone rests on. Those that began with it are
 * no latecomers: they are as old as their first date here. First versions are MDN's, and others have other dates.
 */
function timelineTitle(known: readonly Known[]): string {
  const firsts = new Map<string, string>();
  for (const { browser, date } of known) {
    const first = firsts.get(browser);
    if (first === undefined || date < first) firsts.set(browser, date);
  }
  const own = known.filter(({ owner, browser, date }) => owner !== undefined && date !== firsts.get(browser));
  const lasts = [...groupBy(own, ({ feature }) => feature)].flatMap(([feature, points]) => {
    const last = [...points].sort((a, b) => a.date.localeCompare(b.date)).at(-1);
    return last ? [`${feature}: ${last.browser} (${last.date.slice(0, 7)})`] : [];
  });
  return lasts.length > 0
    ? `By MDN, the last browser to add ${lasts.join(', ')}`
    : 'When browsers came to have it';
}

/** A feature that had been there for longer than anybody has looked back: no point in time is its first. */
function isOlderThanData({ version, date }: FirstSupport): boolean {
  return version !== null && date === null;
}

/** The transport whose feature it is: the one technique that rests on it, or the only lane that does. */
function ownerOf(transports: readonly TransportName[]): TransportName | undefined {
  const techniques = transports.filter((name) => isTechnique(name));
  const [own, ...others] = techniques.length > 0 ? techniques : transports;
  return others.length === 0 ? own : undefined;
}

/** One transport’s own feature has its colour and marker; what several rest on, or none, is grey. */
function featureStyle(owner: TransportName | undefined, at: number, ground: Ground) {
  if (owner) return { ...seriesStyle(owner), pointRadius: 6 };
  const pointStyle = EXTRA_MARKERS[at % EXTRA_MARKERS.length] ?? 'star';
  return {
    borderColor: ground.muted,
    backgroundColor: ground.muted,
    pointStyle,
    pointRadius: 5,
    borderWidth: 2,
  };
}

/** 2012-07-01 is 2012.5. */
function yearOf(date: string): number {
  const [year = 0, month = 1, day = 1] = date.split('-').map(Number);
  return year + (month - 1) / 12 + (day - 1) / 365;
}
