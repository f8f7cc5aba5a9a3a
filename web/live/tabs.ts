import { effect, type ReadonlySignal, signal } from '@preact/signals';

/** What this tab knows of the others of its browser that have the lab open. */
export interface OtherTabs {
  readonly count: number;
  /** Connections to the server that they hold, all together. */
  readonly held: number;
}

const ALONE: OtherTabs = { count: 0, held: 0 };
const others = signal(ALONE);

export const otherTabs: ReadonlySignal<OtherTabs> = others;

interface Word {
  readonly word: 'who' | 'here' | 'bye';
  readonly id: string;
  /** Connections that the speaker holds. */
  readonly held: number;
}

const ASK_MS = 5000;
/** Who has not answered so often is gone: a tab that crashes says no goodbye. */
const SILENT_ASKS = 3;

/** Lets this tab be known to others, and others to this one. Returns what takes it back. */
export function joinTabs(held: ReadonlySignal<number>): () => void {
  const channel = new BroadcastChannel('transport-lab');
  const id = Math.random().toString(36).slice(2); // randomUUID is there for secure origins only
  const known = new Map<string, { readonly held: number; readonly silent: number }>();
  const say = (word: Word['word']): void =>
    channel.postMessage({ word, id, held: held.peek() } satisfies Word);
  const count = (): void => {
    const sum = [...known.values()].reduce((total, one) => total + one.held, 0);
    if (others.peek().count !== known.size || others.peek().held !== sum)
      others.value = { count: known.size, held: sum };
  };
  channel.onmessage = ({ data }: MessageEvent<Word>) => {
    if (data.word === 'bye') known.delete(data.id);
    else known.set(data.id, { held: data.held, silent: 0 });
    if (data.word === 'who') say('here');
    count();
  };
  const ask = (): void => {
    for (const [tab, { held: holds, silent }] of known) {
      if (silent >= SILENT_ASKS) known.delete(tab);
      else known.set(tab, { held: holds, silent: silent + 1 });
    }
    count();
    if (known.size > 0) say('who');
  };
  const leave = (): void => say('bye');
  addEventListener('pagehide', leave);
  const timer = setInterval(ask, ASK_MS);
  say('who');
  const stopTelling = effect(() => {
    held.value;
    say('here');
  });
  return () => {
    stopTelling();
    clearInterval(timer);
    leave();
    removeEventListener('pagehide', leave);
    channel.close();
    others.value = ALONE;
  };
}
