// recurra beside its peers: outputs compared, then timed in turn. Prints one table; writes
// bench/results/peers.json and peers.svg.
//
//   npm run bench:peers -- --quick             within five minutes
//   npm run bench:peers -- --resume            goes on where an interrupted run of the same build stopped
//   npm run bench:peers -- --cases=lstm-step   those whose name matches
//   npm run bench:peers -- --peers=torch,tfjs  those peers alone
//   npm run bench:peers -- --threads=1         one thread alone
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { installPeers } from './install.mjs';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    resume: { type: 'boolean', default: false },
    cases: { type: 'string', default: '' },
    peers: { type: 'string', default: '' },
    threads: { type: 'string', default: '1,2' },
  },
});

const root = fileURLToPath(new URL('../..', import.meta.url));
const { status } = spawnSync(process.execPath, ['scripts/ensure.mjs'], { cwd: root, stdio: 'inherit' });
if (status !== 0) process.exit(status ?? 1);
installPeers();

const { bench } = await import('./bench.mjs');
await bench({
  ...values,
  cases: new RegExp(values.cases),
  peers: values.peers.split(',').filter(Boolean),
  threads: values.threads.split(',').map(Number),
});
