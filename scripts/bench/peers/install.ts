import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('.', import.meta.url));

/** Whether a package of this folder's package.json is there in the version it names. */
export function isInstalled(name: string): boolean {
  const path = new URL(`./node_modules/${name}/package.json`, import.meta.url);
  return existsSync(path) && readVersion(path) === wanted()[name];
}

/** Installs the peers where one is missing. Rejects, and says what to do, where that cannot be done. */
export async function installPeers(names: readonly string[]): Promise<void> {
  const missing = names.filter((name) => !isInstalled(name));
  if (missing.length === 0) return;
  console.log(
    `The peers (${missing.join(', ')}) are installed into scripts/bench/peers/node_modules, for this bench alone …`,
  );
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  // Within `npm run` this is npm's own file, so that no shell is needed.
  const npm = process.env['npm_execpath'];
  const child = npm
    ? spawn(process.execPath, [npm, ...args], { cwd: FOLDER, stdio: 'inherit' })
    : spawn('npm', args, { cwd: FOLDER, stdio: 'inherit', shell: process.platform === 'win32' });
  const [code] = await Promise.race([once(child, 'exit'), once(child, 'error')]);
  if (code === 0) return;
  throw new Error(
    `The peers could not be installed (npm ${args[0]}: ${code instanceof Error ? code.message : `exit ${code}`}). ` +
      'They come from the npm registry: is this machine online? Without them, --peers lab,raw,raw-batched,http ' +
      'compares with what needs no package.',
  );
}

function wanted(): Readonly<Record<string, string>> {
  const { dependencies } = JSON.parse(readFileSync(new URL('./package.json', import.meta.url), 'utf8')) as {
    dependencies: Record<string, string>;
  }; // this folder's own
  return dependencies;
}

function readVersion(path: URL): unknown {
  return (JSON.parse(readFileSync(path, 'utf8')) as { version?: unknown }).version; // any package has one
}
