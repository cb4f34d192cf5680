// Reads damaged files of every format: `npm run fuzz`, 20000 a format; `-- --count N`, or `-- --seconds N` for all
// formats together; `--seed N` makes other files.
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { root } from './files.mjs';

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '20000' },
    seconds: { type: 'string' },
    seed: { type: 'string', default: '1' },
  },
});
const wrong = Object.entries(values).find(([, text]) => !/^\d+$/.test(text) || Number(text) === 0);
if (wrong) {
  console.error(`--${wrong[0]} must be a whole number above 0, got '${wrong[1]}'`);
  process.exit(2);
}
const { count, seconds, seed } = values;
console.log(
  seconds ? `${seconds} s of damaged files, seed ${seed}` : `${count} damaged files a format, seed ${seed}`,
);
const { status } = spawnSync(
  process.execPath,
  ['node_modules/vitest/vitest.mjs', 'run', '--project', 'node', '--silent=false', 'test/formats/fuzz'],
  {
    cwd: root,
    stdio: 'inherit',
    env: {
      ...process.env,
      FUZZ_COUNT: count,
      FUZZ_SEED: seed,
      ...(seconds ? { FUZZ_SECONDS: seconds } : {}),
    },
  },
);
process.exit(status ?? 1);
