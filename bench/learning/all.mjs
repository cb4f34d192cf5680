// `npm run bench:learning`: every table of docs/learning.md in turn; `--write` writes them. Each has a command of its
// own with further options: bench:layers, bench:structured, bench:sequences.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { write: { type: 'boolean', default: false } } });
const results = ['index.mjs', 'structured.mjs', 'sequences.mjs'].map((name) => {
  const file = fileURLToPath(new URL(name, import.meta.url));
  const args = values.write ? [file, '--write'] : [file];
  return spawnSync(process.execPath, args, { stdio: 'inherit' }).status;
});
process.exit(results.every((status) => status === 0) ? 0 : 1);
