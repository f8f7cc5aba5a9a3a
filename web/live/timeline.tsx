import { useComputed, useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { TRANSPORTS } from '../../server/wire.ts';
import type { LiveLab } from './lab.ts';
import { Marker } from './marker.tsx';
import { currentGround, reducedMotion } from './media.ts';
import { Segments } from './segments.tsx';
import { TIMELINE_SECONDS } from './settings.ts';
import { AXIS_HEIGHT, type Scene, TimelineDrawing, timeAt } from './timeline-draw.ts';
import { type Described, describe } from './timeline-hit.ts';
import { TimelineLegend } from './timeline-legend.tsx';
import { TimelineSummary } from './timeline-summary.tsx';
import { type Look, Tooltip } from './timeline-tooltip.tsx';
import { howItWorks } from './words.ts';

/** How often it is drawn where the reader asked for little motion: ms. */
const CALM_MS = 1000;
const NEAR_PX = 5;
/** More lanes than this are drawn lower, so that they are still seen together. */
const FEW = 5;
const SPANS = TIMELINE_SECONDS.map((seconds) => ({ value: seconds * 1000, label: `${seconds} s` }));

/** The last seconds, one lane per transport: requests as bars, messages as marks on them. */
export function Timeline({ lab }: { readonly lab: LiveLab }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const frozenAt = useSignal<number | undefined>(undefined);
  const look = useSignal<Look | undefined>(undefined);
  const found = useSignal<Described | undefined>(undefined);
  const frozen = useComputed(() => frozenAt.value !== undefined);
  const lines = useComputed(() => lab.shown.value.map(({ line }) => line));
  const lanes = lines.value.length;

  useEffect(() => {
    const element = canvas.current;
    const context = element?.getContext('2d');
    if (!element || !context) return;
    const drawing = new TimelineDrawing();
    let frame = 0;
    let drawnAt = 0;
    const draw = (time: number): void => {
      frame = requestAnimationFrame(draw);
      const { width, height } = element.getBoundingClientRect();
      const resized = fitPixels(element, width, height);
      if (reducedMotion.peek() && !resized && !look.peek() && time - drawnAt < CALM_MS) return;
      drawnAt = time;
      const scene = sceneOf(lab, lines.peek(), width, height, frozenAt.peek(), look.peek());
      drawing.draw(context, scene);
      show(described(scene));
    };
    const show = (next: Described | undefined): void => {
      if (JSON.stringify(next) !== JSON.stringify(found.peek())) found.value = next;
    };
    frame = requestAnimationFrame(draw);
    return () => cancelAnimationFrame(frame);
  }, [lab]);

  const toggle = (): void => {
    frozenAt.value = frozen.peek() ? undefined : lab.clock.now();
  };
  const point = (event: PointerEvent): void => {
    const element = canvas.current;
    if (!element) return;
    const box = element.getBoundingClientRect();
    const lane = Math.floor((event.clientY - box.top) / ((box.height - AXIS_HEIGHT) / lanes));
    const inside = lane >= 0 && lane < lanes;
    look.value = inside ? { lane, x: event.clientX - box.left, byKeyboard: false } : undefined;
  };
  const press = (event: KeyboardEvent): void => {
    const step = STEPS[event.key];
    if (event.key === ' ') toggle();
    else if (event.key === 'Escape') look.value = undefined;
    else if (step) {
      frozenAt.value ??= lab.clock.now(); // what moves cannot be walked along
      look.value = walk(look.peek(), step, canvas.current?.clientWidth ?? 0, lanes);
    } else return;
    event.preventDefault();
  };

  return (
    <section class="card timeline" aria-labelledby="timeline-title">
      <header class="card-head">
        <div>
          <h2 id="timeline-title">What happens on the line</h2>
          <p class="hint">
            Each bar is an HTTP request, from its start to its end. Each thin line is a message, from when it
            was due (above) to when it arrived (at its bar).
          </p>
        </div>
        <div class="tools">
          <Segments
            label="Length of the timeline"
            options={SPANS}
            chosen={lab.view.value.timelineMs}
            onChoose={(timelineMs) => lab.setView({ timelineMs })}
          />
          <button type="button" aria-pressed={frozen.value} onClick={toggle}>
            Freeze
          </button>
        </div>
      </header>
      <div class="lanes" data-many={lanes > FEW} style={{ '--lanes': lanes }}>
        <ul class="lane-names" aria-hidden="true">
          {lines.value.map(({ name }) => (
            <li key={name}>
              <Marker name={name} />
              <span>
                {TRANSPORTS[name].title}
                <small>{howItWorks(name, lab.view.value)}</small>
              </span>
            </li>
          ))}
        </ul>
        <div class="lane-canvas">
          <canvas
            ref={canvas}
            tabIndex={0}
            role="img"
            aria-label="Timeline of the last seconds, one lane per transport. Arrow keys inspect it, space freezes it."
            aria-describedby="timeline-summary"
            onPointerMove={point}
            onPointerLeave={() => {
              look.value = undefined;
            }}
            onBlur={() => {
              look.value = undefined;
            }}
            onKeyDown={press}
          />
          <Tooltip look={look} found={found} lanes={lanes} canvas={canvas} />
        </div>
      </div>
      <TimelineLegend />
      <TimelineSummary lab={lab} />
    </section>
  );
}

/** The canvas has as many pixels as the screen gives it. Returns whether that has changed. */
function fitPixels(element: HTMLCanvasElement, width: number, height: number): boolean {
  const pixelWidth = Math.round(width * devicePixelRatio);
  const pixelHeight = Math.round(height * devicePixelRatio);
  if (element.width === pixelWidth && element.height === pixelHeight) return false;
  element.width = pixelWidth;
  element.height = pixelHeight;
  return true;
}

function sceneOf(
  lab: LiveLab,
  lanes: Scene['lanes'],
  width: number,
  height: number,
  frozenAt: number | undefined,
  crosshair: Look | undefined,
): Scene {
  return {
    lanes,
    now: frozenAt ?? lab.clock.now(),
    frozen: frozenAt !== undefined,
    spanMs: lab.view.peek().timelineMs,
    width,
    laneHeight: (height - AXIS_HEIGHT) / lanes.length,
    density: devicePixelRatio,
    ground: currentGround(),
    crosshair,
  };
}

function described(scene: Scene): Described | undefined {
  const lane = scene.lanes[scene.crosshair?.lane ?? -1];
  if (!lane || !scene.crosshair) return undefined;
  const tolerance = (NEAR_PX * scene.spanMs) / scene.width;
  const time = Math.min(timeAt(scene, scene.crosshair.x), scene.now);
  return describe(lane.name, lane.trace, time, tolerance, scene.now);
}

const STEPS: Record<string, { readonly lanes: number; readonly px: number } | undefined> = {
  ArrowLeft: { lanes: 0, px: -NEAR_PX },
  ArrowRight: { lanes: 0, px: NEAR_PX },
  ArrowUp: { lanes: -1, px: 0 },
  ArrowDown: { lanes: 1, px: 0 },
};

function walk(
  from: Look | undefined,
  step: { lanes: number; px: number },
  width: number,
  lanes: number,
): Look {
  if (!from) return { lane: 0, x: width - 4 * NEAR_PX, byKeyboard: true };
  return {
    lane: Math.min(lanes - 1, Math.max(0, from.lane + step.lanes)),
    x: Math.min(width, Math.max(0, from.x + step.px)),
    byKeyboard: true,
  };
}
