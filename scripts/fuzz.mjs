// Reads damaged files of every format: `npm run fuzz -- COUNT SEED`, 20000 a format and seed 1 without.
import { spawnSync } from 'node:child_process';
import { root } from './files.mjs';

const [count = '20000', seed = '1'] = process.argv.slice(2);
console.log(`${count} damaged files a format, seed ${seed}`);
const { status } = spawnSync(
  process.execPath,
  ['node_modules/vitest/vitest.mjs', 'run', '--project', 'node', 'test/formats/fuzz'],
  { cwd: root, stdio: 'inherit', env: { ...process.env, FUZZ_COUNT: count, FUZZ_SEED: seed } },
);
process.exit(status ?? 1);
