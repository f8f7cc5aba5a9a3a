import type { Env, PageEnv } from './client.ts';

/** Throws where there is none: the registry says on which hosts a transport runs. */
export function needPage({ page }: Env): PageEnv {
  if (!page) throw new Error('This transport needs a page: scripts and frames are loaded by a browser.');
  return page;
}
