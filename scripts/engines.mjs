// The engines beside Node that the tests run in: where each may be found, and how it can be installed.
// A further engine is one more row.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { root } from './files.mjs';

const ENGINES = {
  chromium: {
    environment: ['CHROME', 'CHROME_PATH'],
    commands: ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome', 'msedge'],
    places: [
      '/usr/bin/chromium',
      '/opt/google/chrome/chrome',
      '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
      '/Applications/Chromium.app/Contents/MacOS/Chromium',
      ...['ProgramFiles', 'ProgramFiles(x86)', 'LOCALAPPDATA'].flatMap((variable) =>
        process.env[variable]
          ? [join(process.env[variable], 'Google', 'Chrome', 'Application', 'chrome.exe')]
          : [],
      ),
    ],
    playwright: {
      name: 'chromium',
      folder: /^chromium-\d+$/,
      files: [
        'chrome-linux64/chrome',
        'chrome-linux/chrome',
        'chrome-mac/Chromium.app/Contents/MacOS/Chromium',
        'chrome-mac-arm64/Google Chrome for Testing.app/Contents/MacOS/Google Chrome for Testing',
        'chrome-mac-x64/Google Chrome for Testing.app/Contents/MacOS/Google Chrome for Testing',
        'chrome-win/chrome.exe',
        'chrome-win64/chrome.exe',
      ],
    },
    debian: ['chromium'],
  },
  firefox: {
    environment: ['FIREFOX'],
    commands: ['firefox', 'firefox-esr'],
    places: [
      '/usr/bin/firefox-esr',
      '/Applications/Firefox.app/Contents/MacOS/firefox',
      ...['ProgramFiles', 'ProgramFiles(x86)'].flatMap((variable) =>
        process.env[variable] ? [join(process.env[variable], 'Mozilla Firefox', 'firefox.exe')] : [],
      ),
    ],
    debian: ['firefox-esr'],
  },
  // Driven through its driver, on a display that xvfb-run makes. The driver knows no --version.
  webkit: {
    environment: ['WEBKIT_DRIVER'],
    commands: ['WebKitWebDriver'],
    places: ['/usr/bin/WebKitWebDriver'],
    debian: ['webkit2gtk-driver', 'xvfb', 'xauth'],
    needs: ['xvfb-run', 'xauth'],
    probe: '--help',
  },
};

/** Names of the engines beside Node in which `npm test` runs. */
export const ENGINE_NAMES = ['chromium', 'firefox'];

function playwrightCache() {
  const { PLAYWRIGHT_BROWSERS_PATH, LOCALAPPDATA } = process.env;
  if (PLAYWRIGHT_BROWSERS_PATH && PLAYWRIGHT_BROWSERS_PATH !== '0') return PLAYWRIGHT_BROWSERS_PATH;
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'ms-playwright');
  if (process.platform === 'win32') return join(LOCALAPPDATA ?? homedir(), 'ms-playwright');
  return join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'ms-playwright');
}

/** Browsers that Playwright has downloaded. */
function downloaded(playwright) {
  const cache = playwrightCache();
  if (playwright === undefined || !existsSync(cache)) return [];
  return readdirSync(cache)
    .filter((name) => playwright.folder.test(name))
    .flatMap((name) => playwright.files.map((file) => join(cache, name, file)));
}

/** Where a command of one of these names would lie. */
function inPath(commands) {
  return (process.env.PATH ?? '')
    .split(delimiter)
    .filter(Boolean)
    .flatMap((dir) => commands.map((command) => join(dir, command)));
}

function candidates({ environment, commands, places, playwright }) {
  return [
    ...environment.flatMap((variable) => process.env[variable] ?? []),
    ...inPath(commands),
    ...places,
    ...downloaded(playwright),
  ];
}

/** Whether a program starts: a package may have left a stub, or libraries may be missing. */
function starts(path, probe = '--version') {
  // Windows opens a window instead of printing a version.
  if (process.platform === 'win32') return true;
  return spawnSync(path, [probe], { stdio: 'ignore', timeout: 30_000 }).status === 0;
}

/** Path of an engine's program, or undefined. */
export function findEngine(name) {
  const engine = ENGINES[name];
  const complete = (engine.needs ?? []).every((command) => inPath([command]).some(existsSync));
  if (!complete) return undefined;
  return [...new Set(candidates(engine))].find((path) => existsSync(path) && starts(path, engine.probe));
}

function run(command, args) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  return spawnSync(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'], env }).status === 0;
}

let listsUpdated = false;

function installFromDebian(name) {
  if (process.platform !== 'linux' || process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get'))
    return false;
  if (!listsUpdated) listsUpdated = run('apt-get', ['update', '-qq']);
  return run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...ENGINES[name].debian]);
}

function installWithPlaywright(name) {
  if (ENGINES[name].playwright === undefined) return false;
  const cli = join(root, 'node_modules', 'playwright', 'cli.js');
  const withLibraries = process.platform === 'linux' && process.getuid?.() === 0 ? ['--with-deps'] : [];
  return run(process.execPath, [
    cli,
    'install',
    '--no-shell',
    ...withLibraries,
    ENGINES[name].playwright.name,
  ]);
}

/**
 * Finds each engine, or installs it: Debian's package as root, else Playwright's. Where neither works its
 * tests are left out, which a line says; under CI=true that is an error.
 */
export function ensureEngines(names = ENGINE_NAMES) {
  for (const name of names) {
    if (findEngine(name)) continue;
    console.log(`No ${name} found: installing one ...`);
    for (const attempt of [installFromDebian, installWithPlaywright]) {
      if (attempt(name) && findEngine(name)) break;
    }
    if (findEngine(name)) continue;
    const variable = ENGINES[name].environment[0];
    const message = `no ${name}: none found, none could be installed (set ${variable} to its path)`;
    if (process.env.CI === 'true') {
      console.error(`Error: ${message}`);
      process.exit(1);
    }
    console.log(`Tests in ${name} are left out: ${message}`);
  }
}
