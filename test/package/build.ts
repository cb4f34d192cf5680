import { pack, run } from './packed.js';

/** Brings dist/ up to date, packs and installs it once, before the tests of what is published. */
export default function build(): void {
  run(process.execPath, ['scripts/build.mjs', '--stale'], process.cwd());
  pack();
}
