import { batch, type ReadonlySignal, signal } from '@preact/signals';
import { type Stats, TRANSPORTS, type TransportName } from '../../server/wire.ts';
import type { MeterSnapshot } from '../meter.ts';
import type { Line } from './line.ts';
import { extendSeries, type Step } from './series.ts';
import { TrafficCounter, type TrafficFigures } from './traffic.ts';
import { type Comparison, TrafficWindow } from './traffic-window.ts';

/** All that the page shows of one transport. */
export interface Figures {
  readonly meter: MeterSnapshot;
  readonly traffic: TrafficFigures | undefined;
  /** Beside the transport that it is measured against; undefined where that one, or this, has not run for long enough. */
  readonly comparison: Comparison | undefined;
  /** Until a cut ends: ms; 0 without one. */
  readonly cutForMs: number;
}

/** A transport with what is shown of it. */
export interface LiveLine {
  readonly line: Line;
  /** Renewed four times a second. */
  readonly figures: ReadonlySignal<Figures>;
  /** Renewed once a second. */
  readonly series: ReadonlySignal<readonly Step[]>;
}

export interface LineFigures {
  readonly lines: readonly LiveLine[];
  show(): void;
  /** Adds to the series, and forgets what is older than `keepMs`. */
  extend(keepMs: number): void;
  /** Takes in what the server has counted. */
  read(stats: Stats): void;
  /** Sets figures to zero; `stats`: what the server has counted by now, where that is known. */
  clear(names: readonly TransportName[], stats?: Stats): void;
}

/** `now`: the server's clock, ms. */
export function createLineFigures(lines: readonly Line[], now: () => number): LineFigures {
  const parts = lines.map((line) => ({
    line,
    figures: signal(figuresOf(line, undefined, undefined)),
    series: signal<readonly Step[]>([]),
    traffic: new TrafficCounter(),
    window: new TrafficWindow(),
  }));

  function figuresOf(
    line: Line,
    traffic: TrafficFigures | undefined,
    comparison: Comparison | undefined,
  ): Figures {
    const at = now();
    return { meter: line.meter.snapshot(at), traffic, comparison, cutForMs: Math.max(0, line.cutUntil - at) };
  }

  return {
    lines: parts,
    show() {
      batch(() => {
        for (const { line, figures, traffic, window } of parts) {
          const other = parts.find((one) => one.line.name === TRANSPORTS[line.name].against);
          figures.value = figuresOf(line, traffic.figures, other && window.compare(other.window));
        }
      });
    },
    extend(keepMs) {
      const at = now();
      batch(() => {
        for (const { line, series } of parts) {
          series.value = extendSeries(series.value, line.meter.window, at);
          line.trace.prune(at - keepMs);
        }
      });
    },
    read(stats) {
      for (const { line, traffic, window } of parts) {
        const { received, state } = line.meter.snapshot(now());
        traffic.read(stats.traffic[line.name], received);
        if (state !== 'open') window.clear();
        else if (traffic.figures) window.read(stats.at, traffic.figures);
      }
    },
    clear(names, stats) {
      for (const { line, traffic, window, series } of parts) {
        if (!names.includes(line.name)) continue;
        line.meter.reset();
        traffic.reset(stats?.traffic[line.name]);
        window.clear();
        series.value = [];
      }
    },
  };
}
