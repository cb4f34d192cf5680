// What users download: raw and gzipped bytes of the kernels, of the minified package, of the processor for an AudioWorklet
// and of whole programs through esbuild (test/package/bundlers.node.test.ts has the other bundlers), beside the budget. Fails when a budget is passed. Run it after a build.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { BUDGET_KB as PROGRAM_KB, programs } from '../test/bundlers/programs.mjs';
import { root } from './files.mjs';

/** Gzipped kilobytes (1000 bytes). The figures that README.md quotes. */
const BUDGET_KB = {
  'portable.wasm': 75,
  'recurra, all of it': 290,
  'worklet processor': 110,
  ...PROGRAM_KB,
};

/** The whole entry as a page would load it: minified, in one piece, without what it imports later. */
async function bundled(source) {
  const { outputFiles } = await build({
    stdin: { contents: source, resolveDir: root, sourcefile: 'page.js' },
    bundle: true,
    minify: true,
    splitting: true,
    format: 'esm',
    target: 'es2022',
    platform: 'neutral',
    outdir: 'out',
    write: false,
    metafile: false,
  });
  return outputFiles.find((file) => file.path.endsWith('stdin.js')).contents;
}

const parts = [
  ['portable.wasm', readFileSync(join(root, 'build', 'portable.wasm'))],
  ['recurra, all of it', await bundled('export * from "./dist/index.js";')],
];
for (const name of ['relaxed.wasm', 'dot.wasm']) {
  const file = join(root, 'build', name);
  if (existsSync(file)) parts.push([name, readFileSync(file)]);
}

parts.push(['worklet processor', readFileSync(join(root, 'dist', 'worklet', 'processor.js'))]);
const library = await import(pathToFileURL(join(root, 'dist', 'index.js')).href);
for (const [name, source] of Object.entries(programs(library))) parts.push([name, await bundled(source)]);

let over = false;
console.log(`${'part'.padEnd(24)}${'raw kB'.padStart(10)}${'gzip kB'.padStart(10)}${'budget'.padStart(10)}`);
for (const [name, bytes] of parts) {
  const gzipped = gzipSync(bytes, { level: 9 }).length / 1000;
  const budget = BUDGET_KB[name];
  const passed = budget !== undefined && gzipped > budget;
  over ||= passed;
  const columns = [(bytes.length / 1000).toFixed(1), gzipped.toFixed(1), budget?.toFixed(0) ?? '-'];
  console.log(
    name.padEnd(24) + columns.map((column) => column.padStart(10)).join('') + (passed ? '  over budget' : ''),
  );
}
process.exit(over ? 1 : 0);
