import { spawnSync } from 'node:child_process';

/** Brings dist/ up to date once, before the tests of what is published. */
export default function build(): void {
  const { status, stderr } = spawnSync(process.execPath, ['scripts/build.mjs', '--stale'], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`the build failed:\n${stderr}`);
}
