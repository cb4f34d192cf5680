// The peers' own packages, installed where package-lock.json asks for something else than what is there.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const readJson = (path) => JSON.parse(readFileSync(`${here}${path}`, 'utf8'));

function isInstalled() {
  if (!existsSync(`${here}node_modules/.package-lock.json`)) return false;
  const present = readJson('node_modules/.package-lock.json').packages;
  return Object.entries(readJson('package-lock.json').packages).every(
    ([path, { version, optional }]) =>
      path === '' || present[path]?.version === version || (optional === true && !present[path]),
  );
}

/** Runs `npm ci` in this folder when needed. Package scripts stay off (.npmrc): nothing else is fetched. */
export function installPeers() {
  if (isInstalled()) return;
  console.log('Installing the peers (npm ci in bench/peers; some 800 MB on disk) ...');
  const { status } = spawnSync('npm', ['ci', '--loglevel=error'], {
    cwd: here,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (status !== 0) {
    console.error('npm ci failed in bench/peers: the peers could not be installed');
    process.exit(status ?? 1);
  }
}

/** Version of an installed peer. */
export const versionOf = (name) => readJson(`node_modules/${name}/package.json`).version;
