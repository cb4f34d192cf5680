// Imported models beside onnxruntime-node and TensorFlow.js: `npm run test:differential -- SEED`. Installs them when
// needed.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './files.mjs';

const [seed = '1'] = process.argv.slice(2);
const folder = join(root, 'test', 'differential');
const options = { stdio: 'inherit', shell: process.platform === 'win32' };

const peers = ['onnxruntime-node', '@tensorflow/tfjs'];
if (!peers.every((name) => existsSync(join(folder, 'node_modules', name)))) {
  console.log(`Installing ${peers.join(' and ')} (npm ci in test/differential) ...`);
  // Without CUDA: package scripts stay off in that folder.
  const env = { ...process.env, ONNXRUNTIME_NODE_INSTALL_CUDA: 'skip' };
  const { status } = spawnSync('npm', ['ci', '--loglevel=error'], { ...options, cwd: folder, env });
  if (status !== 0) process.exit(status ?? 1);
}
const { status } = spawnSync(
  process.execPath,
  ['node_modules/vitest/vitest.mjs', 'run', '--config', 'test/differential/vitest.config.ts'],
  { cwd: root, stdio: 'inherit', env: { ...process.env, DIFFERENTIAL_SEED: seed } },
);
process.exit(status ?? 1);
