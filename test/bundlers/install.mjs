// Installs the bundlers that are not among the development dependencies, and Vercel's edge runtime, once.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('.', import.meta.url));

/** Whether they are there; installs them first where they are not. */
export function installBundlers() {
  const wanted = ['rollup', 'webpack', '@rollup/plugin-node-resolve', '@edge-runtime/vm'];
  const isThere = () => wanted.every((name) => existsSync(`${folder}node_modules/${name}`));
  if (!isThere()) {
    spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
      cwd: folder,
      stdio: 'inherit',
      shell: process.platform === 'win32',
    });
  }
  return isThere();
}
