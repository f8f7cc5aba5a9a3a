import type { ResultChart } from '../charts/results.ts';
import '../charts/register.ts';
import { ChartView } from '../live/chart.tsx';
import { currentGround } from '../live/media.ts';

/** Room a chart keeps however narrow the page is: it scrolls within itself. */
const LEAST_PX = 640;

/** A chart of a run, in a frame of its own. */
export function ChartFigure({
  chart,
  leastPx = LEAST_PX,
}: {
  readonly chart: ResultChart;
  /** Where its labels need more than the usual room. */
  readonly leastPx?: number;
}) {
  return (
    <figure class="card">
      <div
        class="frame"
        style={{
          height: `${chart.height}px`,
          minWidth: `${Math.min(chart.width, Math.max(LEAST_PX, leastPx))}px`,
        }}
      >
        <ChartView config={chart.configure(currentGround())} label={`${chart.title}. ${chart.description}`} />
      </div>
    </figure>
  );
}
