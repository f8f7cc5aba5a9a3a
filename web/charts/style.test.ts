import { expect, it } from 'vitest';
import { TRANSPORT_NAMES, TRANSPORTS } from '../../server/wire.ts';
import { DARK, LIGHT } from './style.ts';

/** Relative luminance of `#rrggbb` (WCAG 2.2). */
function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** Contrast ratio (WCAG 2.2), 1 to 21. */
function contrast(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

it.each(TRANSPORT_NAMES)('the colour of %s is seen on either ground (WCAG 2.2, 1.4.11: 3 to 1)', (name) => {
  for (const ground of [LIGHT, DARK])
    expect(contrast(TRANSPORTS[name].colour, ground.background), ground.scheme).toBeGreaterThanOrEqual(3);
});
