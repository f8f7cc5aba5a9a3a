import type { Estimate, VerdictOutcome } from './estimate.ts';

/** Below this a figure is nothing: no clock and no counter here tells it from 0. */
const SMALLEST = 1e-6;

/** A figure with three digits that count, as people write it. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return value > 0 ? '∞' : value < 0 ? '−∞' : '–';
  const size = Math.abs(value);
  if (size < SMALLEST) return '0';
  const digits =
    size >= 1000 ? Math.round(size).toLocaleString('en-US') : String(Number(size.toPrecision(3)));
  return value < 0 ? `−${digits}` : digits;
}

export function formatFigure(value: number, unit: string): string {
  if (unit === 'share') return `${formatNumber(value * 100)} %`;
  return unit === '' ? formatNumber(value) : `${formatNumber(value)} ${unit}`;
}

/** The median with its interval. */
export function formatEstimate({ median, low, high, blocks }: Estimate, unit: string): string {
  if (blocks < 2) return formatFigure(median, unit);
  const scale = unit === 'share' ? 100 : 1;
  return `${formatFigure(median, unit)} (${intervalOf(low * scale, high * scale)})`;
}

/** "3.1×", with its interval. */
export function formatRatio({ median, low, high, blocks }: Estimate): string {
  const ratio = `${formatNumber(median)}×`;
  return blocks < 2 ? ratio : `${ratio} (${intervalOf(low, high)})`;
}

/** "2–3"; with a word where a sign would be taken for the dash. */
function intervalOf(low: number, high: number): string {
  return `${formatNumber(low)}${low < 0 || high < 0 ? ' to ' : '–'}${formatNumber(high)}`;
}

/** "2×", or "2× to 3×". */
export function rangeWords(low: number, high: number): string {
  const [from, to] = [formatNumber(low), formatNumber(high)];
  return from === to ? `${from}×` : `${from}× to ${to}×`;
}

export const OUTCOMES: Readonly<Record<VerdictOutcome, { readonly sign: string; readonly word: string }>> = {
  reproduced: { sign: '✓', word: 'reproduced' },
  refuted: { sign: '✗', word: 'refuted' },
  tie: { sign: '=', word: 'tie' },
  undecided: { sign: '?', word: 'undecided' },
};

/** "a", "a and b", "a, b and c". */
export function listWords(words: readonly string[]): string {
  if (words.length <= 1) return words[0] ?? '';
  return `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}
