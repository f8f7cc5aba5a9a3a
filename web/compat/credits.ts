import type { Support } from './schema.ts';

/** Where the figures are from, as their licences ask. */
export function creditsOf({ sources }: Support): string {
  return `Data: ${sources.map(({ name, version, licence }) => `${name} ${version} (${licence})`).join(', ')}.`;
}
