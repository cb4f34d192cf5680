// Imported ONNX models beside onnxruntime-node: `npm run test:differential -- SEED`. Installs it when needed.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './files.mjs';

const [seed = '1'] = process.argv.slice(2);
const folder = join(root, 'test', 'differential');
const options = { stdio: 'inherit', shell: process.platform === 'win32' };

if (!existsSync(join(folder, 'node_modules', 'onnxruntime-node'))) {
  console.log('Installing onnxruntime-node (npm ci in test/differential) ...');
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
