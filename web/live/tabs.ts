import { type ReadonlySignal, signal } from '@preact/signals';

const others = signal(0);

/** How many other tabs of this browser have the lab open. */
export const otherTabs: ReadonlySignal<number> = others;

type Word = 'who' | 'here' | 'bye';

/** Lets this tab be known to others, and others to this one. Returns what takes it back. */
export function joinTabs(): () => void {
  const channel = new BroadcastChannel('transport-lab');
  const id = Math.random().toString(36).slice(2); // randomUUID is there for secure origins only
  const known = new Set<string>();
  const say = (word: Word): void => channel.postMessage({ word, id });
  channel.onmessage = ({ data }: MessageEvent<{ word: Word; id: string }>) => {
    if (data.word === 'bye') known.delete(data.id);
    else known.add(data.id);
    if (data.word === 'who') say('here');
    others.value = known.size;
  };
  const leave = (): void => say('bye');
  addEventListener('pagehide', leave);
  say('who');
  return () => {
    leave();
    removeEventListener('pagehide', leave);
    channel.close();
    others.value = 0;
  };
}
