const COUNT = new Intl.NumberFormat('en');
/** What stands where there is nothing to show. */
export const NONE = '–';

/** A number with its unit, apart so that the unit can be set smaller. */
export interface Quantity {
  readonly value: string;
  readonly unit: string;
}

/** A latency with three digits. Below zero it is no latency but the clock's error: then the bound is shown. */
export function formatLatency(ms: number | undefined, clockErrorMs: number): Quantity {
  if (ms === undefined) return { value: NONE, unit: 'ms' };
  if (ms < 0) return { value: `<${formatMs(Math.max(clockErrorMs, 0.01)).value}`, unit: 'ms' };
  return formatMs(ms);
}

export function formatMs(ms: number): Quantity {
  if (ms >= 9995) return { value: (ms / 1000).toFixed(1), unit: 's' };
  if (ms >= 999.5) return { value: (ms / 1000).toFixed(2), unit: 's' };
  return { value: ms.toFixed(ms >= 99.95 ? 0 : ms >= 9.995 ? 1 : 2), unit: 'ms' };
}

export function formatCount(count: number): string {
  return COUNT.format(count);
}

/** Bytes in decimal units. */
export function formatBytes(bytes: number | undefined): Quantity {
  if (bytes === undefined) return { value: NONE, unit: 'B' };
  if (bytes < 1000) return { value: bytes.toFixed(0), unit: 'B' };
  const unit = bytes < 999_500 ? 'kB' : bytes < 999_500_000 ? 'MB' : 'GB';
  const scaled = bytes / { kB: 1e3, MB: 1e6, GB: 1e9 }[unit];
  return { value: scaled.toFixed(scaled < 9.95 ? 2 : scaled < 99.5 ? 1 : 0), unit };
}

/** A ratio with two significant digits, never in exponent form. */
export function formatRatio(ratio: number | undefined): string {
  if (ratio === undefined) return NONE;
  if (ratio === 0) return '0';
  if (ratio < 0.00005) return '<0.0001';
  const digits = Math.max(0, 1 - Math.floor(Math.log10(ratio)));
  return digits === 0 ? formatCount(Math.round(ratio)) : ratio.toFixed(Math.min(4, digits));
}

export function inWords({ value, unit }: Quantity): string {
  return `${value} ${unit}`;
}
