import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Canvas, createCanvas, type SvgCanvas, SvgExportFlag } from '@napi-rs/canvas';
import { Chart, registerables } from 'chart.js';
import type { ResultChart } from '../../../web/charts/results.ts';
import { FONT_FAMILY, LIGHT } from '../../../web/charts/style.ts';

Chart.register(...registerables);
Chart.defaults.font.family = FONT_FAMILY;

/** PNGs are drawn at twice their size, for screens that can show it. */
const PNG_SCALE = 2;

/** Draws each chart as SVG (text as paths: it looks the same everywhere) and as PNG. Returns the SVGs' names. */
export async function writeImages(
  charts: readonly ResultChart[],
  folder: string,
): Promise<readonly string[]> {
  await mkdir(folder, { recursive: true });
  const names: string[] = [];
  for (const chart of charts) {
    const svg = createCanvas(chart.width, chart.height, SvgExportFlag.ConvertTextToPaths);
    draw(chart, svg, 1);
    await writeFile(join(folder, `${chart.id}.svg`), svg.getContent());
    const png = createCanvas(chart.width * PNG_SCALE, chart.height * PNG_SCALE);
    draw(chart, png, PNG_SCALE);
    await writeFile(join(folder, `${chart.id}.png`), await png.encode('png'));
    names.push(`${chart.id}.svg`);
  }
  return names;
}

function draw(chart: ResultChart, canvas: Canvas | SvgCanvas, scale: number): void {
  const context = canvas.getContext('2d');
  context.fillStyle = LIGHT.background;
  context.fillRect(0, 0, canvas.width, canvas.height);
  const configuration = chart.configure(LIGHT);
  // @napi-rs/canvas has what chart.js draws with, but not the DOM's type.
  const drawn = new Chart(context as unknown as CanvasRenderingContext2D, {
    ...configuration,
    options: { ...configuration.options, responsive: false, devicePixelRatio: scale },
  });
  drawn.destroy();
}
