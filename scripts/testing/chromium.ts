import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome', 'msedge'];

const MAC_PLACES = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
];

const WINDOWS_PLACES = [
  'Google\\Chrome\\Application\\chrome.exe',
  'Chromium\\Application\\chrome.exe',
  'Microsoft\\Edge\\Application\\msedge.exe',
];

/** How to come by a browser, for those who have none. */
export const CHROMIUM_HINT =
  'Install Chromium, Chrome or Edge, or say where one is: CHROMIUM_PATH=/path/to/chromium npm test';

/** What keeps a browser quiet: no display, no sandbox (containers have none), nothing sent home. */
export const CHROMIUM_ARGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/**
 * Where an installed Chromium (or a browser built from it) is; undefined where there is none. Nothing is ever
 * downloaded. Throws where CHROMIUM_PATH names something that cannot be run: a typing error is no absence.
 */
export function findChromium(environment: NodeJS.ProcessEnv = process.env): string | undefined {
  const named = environment['CHROMIUM_PATH'];
  if (named) {
    if (!canRun(named)) throw new Error(`CHROMIUM_PATH=${named} is no program that can be run.`);
    return named;
  }
  return places(environment).find(canRun);
}

function places(environment: NodeJS.ProcessEnv): readonly string[] {
  const ending = process.platform === 'win32' ? '.exe' : '';
  // Windows spells it `Path`, and only the real process.env forgives the difference.
  const path = environment['PATH'] ?? environment['Path'] ?? '';
  const folders = path.split(delimiter).filter((folder) => folder !== '');
  const onPath = NAMES.flatMap((name) => folders.map((folder) => join(folder, name + ending)));
  if (process.platform === 'darwin') return [...onPath, ...MAC_PLACES];
  if (process.platform !== 'win32') return onPath;
  const roots = ['ProgramFiles', 'ProgramFiles(x86)', 'LOCALAPPDATA'].flatMap(
    (name) => environment[name] ?? [],
  );
  return [...onPath, ...roots.flatMap((root) => WINDOWS_PLACES.map((place) => join(root, place)))];
}

/** Whether this is a file that can be executed. */
export function canRun(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
