import { type Marker, TRANSPORTS, type TransportName } from '../../server/wire.ts';

/** How charts look, on either ground; the dashboard and the generated images share it. */
export interface Ground {
  readonly scheme: 'light' | 'dark';
  readonly background: string;
  readonly text: string;
  readonly muted: string;
  readonly grid: string;
}

export const LIGHT: Ground = {
  scheme: 'light',
  background: '#ffffff',
  text: '#1c2430',
  muted: '#5b6675',
  grid: '#e3e7ec',
};
export const DARK: Ground = {
  scheme: 'dark',
  background: '#12161c',
  text: '#e6eaf0',
  muted: '#9aa5b4',
  grid: '#2a313b',
};

export const FONT_FAMILY = 'system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif';

/** A marker in the words of chart.js, which has some of them as others, turned: degrees. */
export function pointOf(marker: Marker) {
  if (marker === 'triangleDown') return { pointStyle: 'triangle', pointRotation: 180 } as const;
  if (marker === 'slash') return { pointStyle: 'line', pointRotation: 45 } as const;
  return { pointStyle: marker, pointRotation: 0 };
}

/** A transport's colour and marker: the same in every chart. */
export function seriesStyle(name: TransportName) {
  const { title, colour, marker } = TRANSPORTS[name];
  return {
    label: title,
    borderColor: colour,
    backgroundColor: colour,
    ...pointOf(marker),
    pointRadius: 5,
    borderWidth: 2,
  };
}

/** An axis with its title and unit. */
export function axis(title: string | string[], ground: Ground) {
  return {
    title: { display: true, text: title, color: ground.text },
    ticks: { color: ground.muted },
    grid: { color: ground.grid },
    border: { color: ground.grid },
  };
}
