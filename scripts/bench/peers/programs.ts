import { existsSync } from 'node:fs';
import { findProgram } from '../../compat/product.ts';

/** Where distributions put nginx's dynamic modules. */
const MODULE_FOLDERS = ['/usr/lib/nginx/modules', '/usr/lib64/nginx/modules', '/usr/local/lib/nginx/modules'];

export const findNginx = (): string | undefined => findProgram('nginx');

export const findWrk = (): string | undefined => findProgram('wrk');

/** The nchan module's file (Debian: libnginx-mod-nchan). */
export function findNchan(): string | undefined {
  return MODULE_FOLDERS.map((folder) => `${folder}/ngx_nchan_module.so`).find((path) => existsSync(path));
}
