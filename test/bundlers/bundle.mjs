// The package through each bundler as it comes: an entry file, a folder for what it gives, and no configuration but
// that. Rollup resolves packages by the plugin that its documentation names.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

async function byEsbuild(entry, out) {
  const { build } = await import('esbuild');
  await build({
    entryPoints: [entry],
    outdir: out,
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    logLevel: 'error',
  });
}

async function byRollup(entry, out) {
  const { rollup } = await import('rollup');
  const { nodeResolve } = await import('@rollup/plugin-node-resolve');
  const { transform } = await import('esbuild');
  const bundle = await rollup({
    input: entry,
    plugins: [nodeResolve({ browser: true })],
    logLevel: 'silent',
  });
  const { output } = await bundle.write({ dir: out, format: 'es' });
  // Rollup leaves minifying to others.
  for (const { fileName } of output) {
    const file = join(out, fileName);
    const { code } = await transform(readFileSync(file, 'utf8'), {
      minify: true,
      format: 'esm',
      target: 'es2022',
    });
    writeFileSync(file, code);
  }
}

async function byWebpack(entry, out) {
  const { default: webpack } = await import('webpack');
  const stats = await new Promise((resolve, reject) => {
    webpack({ entry, mode: 'production', output: { path: out } }, (error, result) =>
      error ? reject(error) : resolve(result),
    );
  });
  if (stats.hasErrors()) throw new Error(stats.toString({ all: false, errors: true }));
}

async function byVite(entry, out, folder) {
  const { build } = await import('vite');
  const name = entry.slice(folder.length + 1);
  writeFileSync(join(folder, 'index.html'), `<script type="module" src="/${name}"></script>`);
  await build({
    root: folder,
    configFile: false,
    logLevel: 'error',
    build: { outDir: out, emptyOutDir: true },
  });
}

/** Each bundler: makes `out` from an entry in a folder. */
export const BUNDLERS = { esbuild: byEsbuild, Rollup: byRollup, webpack: byWebpack, Vite: byVite };

/** Files of JavaScript under a folder. */
const scripts = (folder) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => /\.m?js$/.test(file));

/** The file a page starts with, and the gzipped bytes of what it loads by that: what is imported later is not counted. */
export function downloaded(out) {
  const files = new Map(scripts(out).map((file) => [file, readFileSync(join(out, file), 'utf8')]));
  const isEntry = ([, text]) => text.includes('ENTRY_MARK');
  const [entry] = [...files].find(isEntry);
  const reached = new Set([entry]);
  for (const file of reached) {
    for (const [, path] of files.get(file).matchAll(/(?:from|import)\s*["'](\.[^"']+)["']/g)) {
      reached.add(join(file, '..', path));
    }
  }
  const bytes = [...reached].reduce((sum, file) => sum + gzipSync(files.get(file), { level: 9 }).length, 0);
  return { entry, bytes, text: [...reached].map((file) => files.get(file)).join('\n') };
}
