import { type ReadonlySignal, signal } from '@preact/signals';
import { DARK, type Ground, LIGHT } from '../charts/style.ts';

/** Whether a media query holds, as it changes. */
function watch(query: string): ReadonlySignal<boolean> {
  const media = matchMedia(query);
  const matches = signal(media.matches);
  media.addEventListener('change', () => {
    matches.value = media.matches;
  });
  return matches;
}

const dark = watch('(prefers-color-scheme: dark)');
export const reducedMotion = watch('(prefers-reduced-motion: reduce)');

/** How canvases are to look now. Reading it in a component or an effect follows the reader's choice. */
export function currentGround(): Ground {
  return dark.value ? DARK : LIGHT;
}
