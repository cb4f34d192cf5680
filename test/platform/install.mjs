// The engines that come as npm packages, installed beside this file where the lock file asks for something else than
// what is there. Install scripts stay off (.npmrc): the programs inside the packages are started as they are.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const packagesIn = (file) => JSON.parse(readFileSync(join(here, file), 'utf8')).packages;

function isInstalled() {
  if (!existsSync(join(here, 'node_modules/.package-lock.json'))) return false;
  const present = packagesIn('node_modules/.package-lock.json');
  return Object.entries(packagesIn('package-lock.json')).every(
    ([path, { version, os, cpu }]) =>
      path === '' ||
      present[path]?.version === version ||
      (os !== undefined && !os.includes(process.platform)) ||
      (cpu !== undefined && !cpu.includes(process.arch)),
  );
}

/** Runs `npm ci` here when needed. */
export function installEngines() {
  if (isInstalled()) return;
  console.log('Installing engines (npm ci in test/platform; some 1.1 GB on disk) ...');
  const { status } = spawnSync('npm', ['ci', '--loglevel=error'], {
    cwd: here,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (status !== 0) throw new Error('npm ci failed in test/platform: the engines could not be installed');
}

const arm = process.arch === 'arm64';

/** Path of the program of an engine that came as a package. */
export function engineProgram(name) {
  const path = {
    'node-20': `node-20-${process.arch}/bin/node`,
    'node-22': `node-22-${process.arch}/bin/node`,
    'node-24': `node-24-${process.arch}/bin/node`,
    'node-newest': `node-newest-${process.arch}/bin/node`,
    deno: `@deno/linux-${process.arch}-glibc/deno`,
    bun: `@oven/bun-linux-${arm ? 'aarch64' : 'x64'}/bin/bun`,
    workerd: `@cloudflare/workerd-linux-${arm ? 'arm64' : '64'}/bin/workerd`,
  }[name];
  return join(here, 'node_modules', path);
}
