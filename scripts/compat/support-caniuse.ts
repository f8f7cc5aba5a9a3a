import type { KnownFirst } from './support-majors.ts';

/** What is used here of the package `caniuse-lite`, which comes without types. */
export interface Caniuse {
  readonly agents: Readonly<Record<string, Agent>>;
  /** Packed, by its name on caniuse.com. */
  readonly features: Readonly<Record<string, unknown>>;
  /** Unpacks. By browser and version: `y` yes, `a` partial, `n` no, and others, with notes behind. */
  feature(packed: unknown): { readonly stats: Readonly<Record<string, Readonly<Record<string, string>>>> };
}

interface Agent {
  readonly browser: string;
  /** Oldest first, with holes. */
  readonly versions: readonly (string | null)[];
  /** Percent of all usage, by version. */
  readonly usage_global: Readonly<Record<string, number>>;
  /** Seconds since the Unix epoch, by version; null for what is to come. */
  readonly release_date: Readonly<Record<string, number | null>>;
}

/** Shares from 0 to 1. */
interface Usage {
  /** Of `known`. */
  readonly share: number;
  /** Of `known`: the part that has it in part, whether it counts or not. */
  readonly partial: number;
  /** Of all usage in the world: what caniuse knows the version of. */
  readonly known: number;
}

/** Their histories are whole; of Chrome on Android caniuse has the newest version only. */
const AGENTS = ['chrome', 'edge', 'firefox', 'safari', 'opera', 'ie', 'ios_saf'];

/** Share of today's usage that has a feature; null where caniuse does not know it. */
export function usageShare(
  { agents, features, feature }: Caniuse,
  name: string | null,
  partialCounts: boolean,
): Usage | null {
  const packed = name === null ? undefined : features[name];
  if (packed === undefined) return null;
  const { stats } = feature(packed);
  let known = 0;
  let yes = 0;
  let partial = 0;
  for (const [agent, { usage_global: usage }] of Object.entries(agents)) {
    for (const [version, percent] of Object.entries(usage)) {
      const support = stats[agent]?.[version]?.[0];
      known += percent;
      if (support === 'y') yes += percent;
      if (support === 'a') partial += percent;
    }
  }
  const counted = partialCounts ? yes + partial : yes;
  return { share: counted / known, partial: partial / known, known: known / 100 };
}

/** The first version and its date by caniuse, for the browsers whose whole history it has. */
export function firstsByCaniuse(
  { agents, features, feature }: Caniuse,
  name: string | null,
  partialCounts: boolean,
): readonly KnownFirst[] {
  const packed = name === null ? undefined : features[name];
  if (packed === undefined) return [];
  const { stats } = feature(packed);
  return AGENTS.flatMap((id) => {
    const agent = agents[id];
    if (!agent) return [];
    const version =
      agent.versions.find((one): one is string => {
        const support = one === null ? undefined : stats[id]?.[one]?.[0];
        return support === 'y' || (partialCounts && support === 'a');
      }) ?? null;
    const seconds = version === null ? null : agent.release_date[version];
    const date = seconds ? new Date(seconds * 1000).toISOString().slice(0, 10) : null;
    const always = version !== null && version === agent.versions.find((one) => one !== null);
    return [{ browser: agent.browser, version, date, always }];
  });
}
