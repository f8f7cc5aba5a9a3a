import { computed, effect, type ReadonlySignal, type Signal, signal, untracked } from '@preact/signals';
import { TRANSPORT_NAMES, type TransportName } from '../../server/wire.ts';
import { type Allotment, allot, connectionIsShared } from './connections.ts';
import type { Line } from './line.ts';
import type { ViewSettings } from './settings.ts';
import { otherTabs } from './tabs.ts';

/** Which transports are on the page, which of them run, and which wait until they can. */
export interface Lanes {
  /** Those with a panel: all that run or wait, and what was stopped by its panel, whose figures stay to be read. */
  readonly shown: ReadonlySignal<readonly TransportName[]>;
  readonly allotment: ReadonlySignal<Allotment>;
  /** How many connections the running ones hold. */
  readonly held: ReadonlySignal<number>;
  /** Nothing runs before this is called. */
  begin(): void;
  /** Those that start are shown from then on. */
  setRunning(names: readonly TransportName[], running: boolean): void;
  /** Takes off the page what is on it, stopped; or starts it. */
  setShown(name: TransportName, shown: boolean): void;
  stop(): void;
}

/** Keeps the lines at what `view` wants, as far as there are connections for it. */
export function createLanes(lines: readonly Line[], view: Signal<ViewSettings>): Lanes {
  const shared = connectionIsShared();
  const begun = signal(false);
  const shown = signal<readonly TransportName[]>(inOrder(view.peek().lanes));
  const allotment = computed(() => allot(view.value.lanes, shared, otherTabs.value.held));
  const held = computed(() => (begun.value ? allotment.value.holding.length : 0));

  const stopSettling = effect(() => {
    if (!begun.value) return;
    const { running } = allotment.value;
    untracked(() => run(running));
  });

  function run(running: readonly TransportName[]): void {
    for (const line of lines) {
      if (!running.includes(line.name)) line.stop();
      else if (line.refusal.peek() === undefined) line.start();
    }
  }

  function setRunning(names: readonly TransportName[], running: boolean): void {
    const { lanes } = view.peek();
    const wanted = running
      ? [...lanes, ...names.filter((name) => !lanes.includes(name))]
      : lanes.filter((name) => !names.includes(name));
    view.value = { ...view.peek(), lanes: wanted };
    shown.value = inOrder([...shown.peek(), ...wanted]);
    // Who asks for one that was refused wants it tried again.
    for (const line of lines) if (running && names.includes(line.name)) retry(line);
  }

  function retry(line: Line): void {
    if (begun.peek() && allotment.peek().running.includes(line.name)) line.start();
  }

  return {
    shown,
    allotment,
    held,
    begin() {
      begun.value = true;
    },
    setRunning,
    setShown(name, wanted) {
      setRunning([name], wanted);
      if (!wanted) shown.value = shown.peek().filter((one) => one !== name);
    },
    stop() {
      stopSettling();
      for (const line of lines) line.stop();
    },
  };
}

function inOrder(names: readonly TransportName[]): readonly TransportName[] {
  return TRANSPORT_NAMES.filter((name) => names.includes(name));
}
