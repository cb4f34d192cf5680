// Runs before an example with packages of its own starts, in its folder: builds recurra where that is not done, installs
// what the example's package.json names, and trains the model that it serves. Each is left out where it is done.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeWhole } from './files.mjs';

const folder = process.cwd();
const MODEL = join(folder, 'model.recurra');

function run(command, args) {
  const shell = process.platform === 'win32' && command === 'npm';
  const { status } = spawnSync(command, args, {
    cwd: folder,
    stdio: ['ignore', 'inherit', 'inherit'],
    shell,
  });
  if (status !== 0) process.exit(status ?? 1);
}

function isInstalled() {
  const { dependencies } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  return Object.entries(dependencies).every(([name, version]) => {
    const file = join(folder, 'node_modules', name, 'package.json');
    if (!existsSync(file)) return false;
    return version.startsWith('file:') || JSON.parse(readFileSync(file, 'utf8')).version === version;
  });
}

run(process.execPath, [fileURLToPath(new URL('../../scripts/ensure.mjs', import.meta.url))]);
if (!isInstalled()) {
  run('npm', ['install', '--no-package-lock', '--fund=false', '--audit=false', '--loglevel=error']);
}
if (process.argv.includes('--model') && !existsSync(MODEL)) {
  const { trainMotion } = await import('./train-motion.mjs');
  console.log('Training the model ...');
  const { model, accuracy } = await trainMotion();
  writeWhole(MODEL, model.save());
  console.log(
    `Trained: right about ${(100 * accuracy).toFixed(1)} % of its series; weights ${model.fingerprint()}`,
  );
}
