// The steps of the build: what each reads, what it writes, the script that does it. A step is fresh
// when its outputs exist and the digest of its inputs is the one noted after the last run.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { digest, root } from './files.mjs';

const SHARED_INPUTS = ['scripts/files.mjs', 'scripts/stages.mjs'];

/** In the order in which they run. */
export const STAGES = [
  {
    name: 'wasm',
    script: 'scripts/build-wasm.mjs',
    inputs: [
      'assembly',
      'asconfig.json',
      'scripts/build-wasm.mjs',
      'scripts/compile-wasm.mjs',
      'scripts/kernel-abi.mjs',
      'scripts/kernel-sources.mjs',
      'node_modules/assemblyscript/package.json',
      'node_modules/binaryen/package.json',
    ],
    outputs: [
      'build/portable.wasm',
      'build/relaxed.wasm',
      'build/dot.wasm',
      'build/portable-threads.wasm',
      'build/relaxed-threads.wasm',
      'build/dot-threads.wasm',
      'src/wasm/generated/abi.ts',
      'build/portable/core.wasm',
      'src/wasm/generated/kernels.ts',
      'src/wasm/generated/thread-kernels.ts',
      'src/wasm/generated/portable/core.ts',
      'src/wasm/generated/relaxed.ts',
      'src/wasm/generated/dot.ts',
      'src/wasm/generated/portable-threads.ts',
      'src/wasm/generated/relaxed-threads.ts',
      'src/wasm/generated/dot-threads.ts',
    ],
  },
  {
    name: 'package',
    script: 'scripts/build-package.mjs',
    inputs: [
      'package.json',
      'package-lock.json',
      'assembly',
      'src',
      'tsconfig.json',
      'tsconfig.build.json',
      'scripts/build-package.mjs',
      'scripts/compact.mjs',
      'scripts/kernel-sources.mjs',
      'scripts/package-kernels.mjs',
      'scripts/package-sources.mjs',
    ],
    outputs: ['dist/index.js', 'dist/index.d.ts'],
  },
];

const notePath = (stage) => join(root, 'build', `${stage.name}.digest`);
const inputDigest = (stage) => digest([...SHARED_INPUTS, ...stage.inputs]);

/** Whether a stage has nothing to do. */
export function isFresh(stage) {
  const note = notePath(stage);
  return (
    stage.outputs.every((file) => existsSync(join(root, file))) &&
    existsSync(note) &&
    readFileSync(note, 'utf8') === inputDigest(stage)
  );
}

/** Runs a stage. What it read is digested before it starts, so that an edit meanwhile is not missed. */
export function runStage(stage) {
  const before = inputDigest(stage);
  const { status } = spawnSync(process.execPath, [stage.script], { cwd: root, stdio: 'inherit' });
  if (status !== 0) {
    console.error(`build: ${stage.script} failed`);
    process.exit(status ?? 1);
  }
  mkdirSync(join(root, 'build'), { recursive: true });
  writeFileSync(notePath(stage), before);
}
