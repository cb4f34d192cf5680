// Makes dist/: one ES module for each subpath in package.json's exports, code loaded later as chunks
// of its own, the file of the workers, the processor for an AudioWorklet, and the type declarations. What a subpath needs
// from elsewhere stays an import.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { build } from 'esbuild';
import { compact } from './compact.mjs';
import { root } from './files.mjs';
import { writeKernels } from './package-kernels.mjs';
import {
  FAMILY_IMPORT,
  familyImports,
  NAMESPACES,
  namespaces,
  sources,
  textOf,
  withoutBytes,
} from './package-sources.mjs';

const { bin, exports, optionalDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
/** Entries that are built apart, each in its own way. */
const APART = ['./inference', './streaming', './wasm', './browser'];

const modules = Object.entries(exports)
  .filter(([path, target]) => target.default?.endsWith('.js') && !APART.includes(path))
  .map(([, target]) => target.default);
const entryPoints = [
  ...[...modules, ...Object.values(bin)].map((path) =>
    join(root, path.replace(/^\.\/dist/, 'src').replace(/\.js$/, '.ts')),
  ),
  ...NAMESPACES.map((file) => join(root, 'src', file)),
];

/**
 * Writes what esbuild made, twice: into dist/, where the kernels are files of text beside it, so that pages without a
 * bundler find them, and into dist/edge/, where package.json says what an import of kernels leads to.
 */
function writeModules(files) {
  for (const { path, text } of files) {
    // Chunks are imported for their names alone: an import without names would only run them, and they do nothing.
    const code = text.replace(/(^|;)import ?"[^"]+";\n?/gm, '$1');
    const name = relative(join(root, 'dist'), path);
    const up = relative(dirname(path), join(root, 'dist', 'kernels')).replaceAll('\\', '/');
    const folder = up.startsWith('.') ? up : `./${up}`;
    const beside = code.replace(FAMILY_IMPORT, (_, family) => `from "${folder}/${textOf(family)}.js"`);
    for (const [file, content] of [
      [path, beside],
      [join(root, 'dist', 'edge', name), code],
    ]) {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, content);
    }
  }
}

rmSync(join(root, 'dist'), { recursive: true, force: true });
const common = {
  bundle: true,
  format: 'esm',
  target: 'es2022',
  platform: 'neutral',
  logLevel: 'warning',
};
const { outputFiles } = await build({
  ...common,
  entryPoints,
  splitting: true,
  external: ['node:*', ...Object.keys(optionalDependencies)],
  outdir: join(root, 'dist'),
  outbase: join(root, 'src'),
  chunkNames: 'chunks/[name]-[hash]',
  plugins: [namespaces, familyImports(), sources()],
  write: false,
});
writeModules(outputFiles);

// Loading, and predicting or streaming alone: bundles without training, which share no code with the others.
const without = (reason, families) => withoutBytes({ families, reason });
for (const lean of ['inference', 'streaming']) {
  const { outputFiles: files } = await build({
    ...common,
    write: false,
    entryPoints: [join(root, 'src', lean, 'index.ts')],
    outfile: join(root, 'dist', lean, 'index.js'),
    plugins: [
      familyImports({ lean }),
      without(`recurra/${lean} has the portable build only`, true),
      sources({ lean }),
    ],
  });
  for (const file of files) writeModules([{ path: file.path, text: await compact(file.text) }]);
}
// Everything without kernels, for those who bring them, and everything in one file for a page.
await build({
  ...common,
  entryPoints: [join(root, 'src', 'index.ts')],
  external: ['node:*'],
  outfile: join(root, 'dist', 'own-kernels.js'),
  plugins: [without('recurra/wasm has only the kernels that useKernels is given', false), sources()],
});
const page = await build({
  ...common,
  entryPoints: [join(root, 'src', 'index.ts')],
  external: ['node:*'],
  minify: true,
  write: false,
  outfile: join(root, 'dist', 'recurra.min.js'),
  plugins: [without('recurra/browser has the portable build only', true), sources()],
});
// Its exports on a line of their own, so that tools which only look see a module.
writeFileSync(
  page.outputFiles[0].path,
  page.outputFiles[0].text.replace(/export\{(?=[^{}]*\};?\s*$)/, '\nexport{'),
);
writeKernels();

// What the benchmark's pages show reports with: one script, the chart library inside, and its styles.
await build({
  entryPoints: [join(root, 'src', 'bench', 'render.ts')],
  bundle: true,
  minify: true,
  format: 'iife',
  globalName: 'recurraChart',
  target: 'es2022',
  outfile: join(root, 'dist', 'bench', 'chart.js'),
  logLevel: 'warning',
});
const styles = [
  join(root, 'node_modules', 'uplot', 'dist', 'uPlot.min.css'),
  join(root, 'src', 'bench', 'chart.css'),
];
writeFileSync(
  join(root, 'dist', 'bench', 'chart.css'),
  styles.map((file) => readFileSync(file, 'utf8')).join('\n'),
);
// An AudioWorklet takes one file, without imports. It streams any model, sound of several channels by tiles.
await build({
  ...common,
  plugins: [
    familyImports({ lean: 'streaming', inside: true }),
    without('recurra/worklet has the portable build only', true),
    sources({ lean: 'streaming' }),
  ],
  entryPoints: [join(root, 'src', 'worklet', 'processor.ts')],
  minify: true,
  outfile: join(root, 'dist', 'worklet', 'processor.js'),
});

/** The value of a constant in a source file. */
async function constant(file, name) {
  const { outputFiles } = await build({
    entryPoints: [join(root, file)],
    bundle: true,
    format: 'esm',
    write: false,
  });
  return (await import(`data:text/javascript,${encodeURIComponent(outputFiles[0].text)}`))[name];
}

// A file of its own, which src/wasm/threads/spawn.ts, alone in a chunk, finds beside itself.
writeFileSync(
  join(root, 'dist', 'chunks', 'worker.js'),
  await constant('src/wasm/threads/worker-source.ts', 'WORKER_FILE'),
);

const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], {
  cwd: root,
  stdio: 'inherit',
});
process.exit(status ?? 1);
