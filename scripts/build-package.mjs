// Makes dist/: one ES module for each subpath in package.json's exports, code loaded later as chunks
// of its own, and the type declarations. What a subpath needs from elsewhere stays an import.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';
import { root } from './files.mjs';

const { exports, optionalDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const entryPoints = Object.values(exports)
  .filter((target) => typeof target === 'object')
  .map((target) => join(root, target.default.replace(/^\.\/dist/, 'src').replace(/\.js$/, '.ts')));

rmSync(join(root, 'dist'), { recursive: true, force: true });
const { outputFiles } = await build({
  entryPoints,
  bundle: true,
  splitting: true,
  format: 'esm',
  target: 'es2022',
  platform: 'neutral',
  external: Object.keys(optionalDependencies),
  outdir: join(root, 'dist'),
  outbase: join(root, 'src'),
  chunkNames: 'chunks/[name]-[hash]',
  logLevel: 'warning',
  write: false,
});
for (const { path, text } of outputFiles) {
  mkdirSync(dirname(path), { recursive: true });
  // Chunks are imported for their names alone: an import without names would only run them, and they do nothing.
  writeFileSync(path, text.replace(/^import "[^"]+";\n/gm, ''));
}

const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], {
  cwd: root,
  stdio: 'inherit',
});
process.exit(status ?? 1);
