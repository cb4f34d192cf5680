// `npm test`: every test in Node and in each engine found; arguments go to vitest.
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { ENGINE_NAMES, findEngine } from './engines.mjs';
import { root } from './files.mjs';

const engines = ENGINE_NAMES.flatMap((name) => {
  const path = findEngine(name);
  return path === undefined ? [] : [[name, path]];
});
rmSync(join(root, 'build', 'test-results.json'), { force: true });
const { status } = spawnSync(
  process.execPath,
  [
    join(root, 'node_modules', 'vitest', 'vitest.mjs'),
    'run',
    '--reporter=default',
    '--reporter=json',
    '--outputFile.json=build/test-results.json',
    ...process.argv.slice(2),
  ],
  {
    cwd: root,
    stdio: 'inherit',
    env: {
      ...process.env,
      TEST_ENGINES: JSON.stringify(Object.fromEntries(engines)),
      ...(process.env.CI ? { FUZZ_SECONDS: process.env.FUZZ_SECONDS ?? '60' } : {}),
    },
  },
);
process.exit(status ?? 1);
