// An empty project with nothing in it but the packed package and the program.
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = fileURLToPath(new URL('.', import.meta.url));
const root = fileURLToPath(new URL('../..', import.meta.url));

function npm(args, cwd) {
  const shell = process.platform === 'win32';
  return execFileSync('npm', args, { cwd, encoding: 'utf8', shell, stdio: ['ignore', 'pipe', 'inherit'] });
}

/** The service worker as one script, for engines that take no modules as such: Firefox before 147. */
async function bundleServiceWorker(folder) {
  const fromTheServer = {
    name: 'from the server',
    setup({ onResolve }) {
      onResolve({ filter: /^\// }, ({ path, kind }) =>
        kind === 'entry-point' ? undefined : { path: join(folder, path) },
      );
    },
  };
  await build({
    entryPoints: [join(folder, 'pages', 'service-worker.mjs')],
    outfile: join(folder, 'pages', 'service-worker.js'),
    bundle: true,
    format: 'iife',
    plugins: [fromTheServer],
    logLevel: 'error',
  });
}

/** Packs what is built, installs it into a new folder, and lays the program and the pages beside it. */
export async function makeProject() {
  const folder = mkdtempSync(join(tmpdir(), 'recurra-platforms-'));
  const [{ filename }] = JSON.parse(
    npm(['pack', '--json', '--ignore-scripts', '--pack-destination', folder], root),
  );
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n');
  npm(['install', '--omit=optional', '--ignore-scripts', '--loglevel=error', join(folder, filename)], folder);
  for (const name of ['program.mjs', 'main.mjs', 'workerd.mjs'])
    copyFileSync(join(here, name), join(folder, name));
  mkdirSync(join(folder, 'pages'));
  for (const name of readdirSync(join(here, 'pages'))) {
    copyFileSync(join(here, 'pages', name), join(folder, 'pages', name));
  }
  await bundleServiceWorker(folder);
  return folder;
}
