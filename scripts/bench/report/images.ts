import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Canvas, createCanvas, type SvgCanvas, SvgExportFlag } from '@napi-rs/canvas';
import { Chart, type ChartConfiguration, type Plugin, registerables } from 'chart.js';
import { MatrixController, MatrixElement } from 'chartjs-chart-matrix';
import type { CompatChart } from '../../../web/charts/compat.ts';
import { FONT_FAMILY, LIGHT } from '../../../web/charts/style.ts';

Chart.register(...registerables, MatrixController, MatrixElement);
Chart.defaults.font.family = FONT_FAMILY;

/** PNGs are drawn at twice their size, for screens that can show it. */
const PNG_SCALE = 2;

/** Draws each chart as SVG (text as paths: it looks the same everywhere) and as PNG. */
export async function writeImages(charts: readonly CompatChart[], folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const chart of charts) {
    const svg = createCanvas(chart.width, chart.height, SvgExportFlag.ConvertTextToPaths);
    await withDrawn(chart, svg, 1, () => writeFile(join(folder, `${chart.id}.svg`), svg.getContent()));
    const png = createCanvas(chart.width, chart.height);
    await withDrawn(chart, png, PNG_SCALE, async () => {
      await writeFile(join(folder, `${chart.id}.png`), await png.encode('png'));
    });
  }
}

/** Draws, lets `use` have the canvas, and lets go of the chart, which wipes the canvas. */
async function withDrawn(
  chart: CompatChart,
  canvas: Canvas | SvgCanvas,
  scale: number,
  use: () => Promise<void>,
): Promise<void> {
  const configuration = chart.configure(LIGHT) as ChartConfiguration; // of one of its types
  // @napi-rs/canvas has what chart.js draws with, but not the DOM's type.
  const drawn = new Chart(canvas.getContext('2d') as unknown as CanvasRenderingContext2D, {
    ...configuration,
    options: { ...configuration.options, responsive: false, devicePixelRatio: scale },
    plugins: [...(configuration.plugins ?? []), ground],
  });
  try {
    await use();
  } finally {
    drawn.destroy();
  }
}

/** An image has no page behind it. */
const ground: Plugin = {
  id: 'ground',
  beforeDraw({ ctx, width, height }) {
    ctx.fillStyle = LIGHT.background;
    ctx.fillRect(0, 0, width, height);
  },
};
