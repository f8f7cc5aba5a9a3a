import type { ReadonlySignal } from '@preact/signals';
import type { Described } from './timeline-hit.ts';

/** Where someone looks closer: by pointer or by keyboard. */
export interface Look {
  readonly lane: number;
  readonly x: number;
  readonly byKeyboard: boolean;
}

interface TooltipProps {
  readonly look: ReadonlySignal<Look | undefined>;
  readonly found: ReadonlySignal<Described | undefined>;
  readonly lanes: number;
  readonly canvas: { readonly current: HTMLCanvasElement | null };
}

/** What is where someone looks, in words, beside it. */
export function Tooltip({ look, found, lanes, canvas }: TooltipProps) {
  const at = look.value;
  const what = found.value;
  const width = canvas.current?.clientWidth ?? 0;
  const shown = at && what;
  const place = shown
    ? {
        top: `${(at.lane / lanes) * 100}%`,
        ...(at.x > width / 2 ? { right: `${width - at.x + 12}px` } : { left: `${at.x + 12}px` }),
      }
    : {};
  return (
    // What the keyboard has found is read out; what the pointer passes over would be chatter.
    <div class="tooltip" hidden={!shown} style={place} aria-live={at?.byKeyboard ? 'polite' : 'off'}>
      {shown ? (
        <>
          <strong>{what.title}</strong>
          {what.lines.map((line) => (
            <span key={line}>{line}</span>
          ))}
        </>
      ) : null}
    </div>
  );
}
