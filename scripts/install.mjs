// Development dependencies, compared with the lock file by what npm noted that it installed.
import { spawnSync } from 'node:child_process';
import { existsSync, lstatSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './files.mjs';

const modules = join(root, 'node_modules');

/**
 * Whether every package that the lock file demands here is installed at the version it names. Optional ones may be missing,
 * as those for other systems are; not the project's own, which the build bundles or leaves as imports.
 */
export function isInstalled() {
  const note = join(modules, '.package-lock.json');
  if (!existsSync(note)) return false;
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  const present = JSON.parse(readFileSync(note, 'utf8')).packages;
  const own = Object.keys(wanted[''].optionalDependencies ?? {}).map((name) => `node_modules/${name}`);
  return Object.entries(wanted).every(([path, { version, optional }]) => {
    if (path === '') return true;
    const found = present[path];
    return found === undefined ? optional === true && !own.includes(path) : found.version === version;
  });
}

/** `npm ci`, development dependencies included whatever the environment says. */
export function install() {
  if (existsSync(modules) && lstatSync(modules).isSymbolicLink()) {
    console.error('node_modules is a link and does not match package-lock.json: install where it points to');
    process.exit(1);
  }
  console.log('Installing development dependencies (npm ci) ...');
  const npmArgs = [
    'ci',
    '--include=dev',
    '--include=optional',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ];
  const env = { ...process.env, PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD: '1' };
  const viaNode = process.env.npm_execpath?.endsWith('npm-cli.js');
  const { status } = viaNode
    ? spawnSync(process.execPath, [process.env.npm_execpath, ...npmArgs], {
        cwd: root,
        stdio: 'inherit',
        env,
      })
    : spawnSync('npm', npmArgs, { cwd: root, stdio: 'inherit', env, shell: process.platform === 'win32' });
  if (status !== 0) {
    console.error('npm ci failed: the development dependencies could not be installed');
    process.exit(status ?? 1);
  }
}
