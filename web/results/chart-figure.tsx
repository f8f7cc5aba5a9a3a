import type { ResultChart } from '../charts/results.ts';
import '../charts/register.ts';
import { ChartView } from '../live/chart.tsx';
import { currentGround } from '../live/media.ts';

/** Room a chart keeps however narrow the page is: it scrolls within itself. */
const LEAST_PX = 640;

/** A chart of a run, in a frame of its own. */
export function ChartFigure({ chart }: { readonly chart: ResultChart }) {
  return (
    <figure class="card">
      <div
        class="frame"
        style={{ height: `${chart.height}px`, minWidth: `${Math.min(chart.width, LEAST_PX)}px` }}
      >
        <ChartView config={chart.configure(currentGround())} label={`${chart.title}. ${chart.description}`} />
      </div>
    </figure>
  );
}
