import { type ProbeSightings, type Sighting, TRANSPORT_NAMES, type TransportName } from './wire.ts';

/** Of each transport so many are kept from the beginning, and so many of the newest. */
const KEPT = { first: 50, newest: 50 } as const;

/** A request that has just come. */
export type NewSighting = Omit<Sighting, 'state' | 'endedAt'>;

type OpenSighting = { -readonly [K in keyof Sighting]: Sighting[K] };

/** What one probe has been asked for: bounded, with the beginning and the end of each transport's requests. */
export class SightingBook {
  readonly #first = new Map<TransportName, OpenSighting[]>();
  readonly #newest = new Map<TransportName, OpenSighting[]>();
  #leftOut = 0;

  /** Call what it returns when the request is over; `at` is the server's clock, ms. */
  add(sighting: NewSighting): (state: 'answered' | 'cut', at: number) => void {
    const kept: OpenSighting = { ...sighting, state: 'in-progress', endedAt: null };
    const { transport } = sighting;
    const first = listOf(this.#first, transport);
    if (first.length < KEPT.first) first.push(kept);
    else {
      const newest = listOf(this.#newest, transport);
      newest.push(kept);
      if (newest.length > KEPT.newest) {
        newest.shift();
        this.#leftOut += 1;
      }
    }
    return (state, at) => {
      if (kept.state !== 'in-progress') return;
      kept.state = state;
      kept.endedAt = at;
    };
  }

  /** Oldest first. */
  read(): ProbeSightings {
    const all = TRANSPORT_NAMES.flatMap((name) => [
      ...(this.#first.get(name) ?? []),
      ...(this.#newest.get(name) ?? []),
    ]);
    return {
      sightings: all.sort((a, b) => a.at - b.at).map((one) => ({ ...one })),
      leftOut: this.#leftOut,
    };
  }
}

function listOf<K, V>(lists: Map<K, V[]>, key: K): V[] {
  const list = lists.get(key) ?? [];
  lists.set(key, list);
  return list;
}
