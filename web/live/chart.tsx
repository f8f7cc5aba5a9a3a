import {
  BarController,
  BarElement,
  CategoryScale,
  Chart,
  type ChartConfiguration,
  type ChartType,
  Filler,
  LinearScale,
  LineController,
  LineElement,
  LogarithmicScale,
  PointElement,
} from 'chart.js';
import { useEffect, useRef } from 'preact/hooks';
import { FONT_FAMILY } from '../charts/style.ts';

Chart.register(
  BarController,
  BarElement,
  CategoryScale,
  Filler,
  LinearScale,
  LineController,
  LineElement,
  LogarithmicScale,
  PointElement,
);
Chart.defaults.font.family = FONT_FAMILY;

interface ChartViewProps<T extends ChartType> {
  readonly config: ChartConfiguration<T>;
  /** What a picture's alternative text is to say; the figures themselves stand in a table beside it. */
  readonly label: string;
}

/** A chart.js chart whose data and looks follow its configuration; the chart itself stays. */
export function ChartView<T extends ChartType>({ config, label }: ChartViewProps<T>) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const chart = useRef<Chart<T> | undefined>(undefined);

  useEffect(() => {
    const shown = chart.current;
    if (!shown) {
      if (canvas.current) chart.current = new Chart(canvas.current, config);
      return;
    }
    shown.data.labels = config.data.labels ?? [];
    config.data.datasets.forEach((dataset, index) => {
      shown.data.datasets[index] = Object.assign(shown.data.datasets[index] ?? dataset, dataset);
    });
    if (config.options) shown.options = config.options;
    shown.update('none');
  }, [config]);

  useEffect(() => () => chart.current?.destroy(), []);

  return (
    <div class="chart">
      <canvas ref={canvas} role="img" aria-label={label} />
    </div>
  );
}
