// A Worker as a user's bundler makes it: resolved under the condition `workerd`, so that the package imports its kernels
// as modules, and with files of WebAssembly and of data beside the code, as modules of their own.
import { readdirSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { build } from 'esbuild';

const KINDS = { '.js': 'esModule', '.wasm': 'wasm', '.bin': 'data' };

/**
 * Bundles a Worker and writes what starts it.
 * @param entry the file of the Worker
 * @param out a folder for the bundle and its configuration, `workerd.capnp`
 * @param nodePaths where packages are looked for that are not found above the entry
 */
export async function bundleWorker(entry, out, port, nodePaths = []) {
  await build({
    entryPoints: { worker: entry },
    outdir: out,
    bundle: true,
    minify: true,
    format: 'esm',
    conditions: ['workerd'],
    loader: { '.wasm': 'copy', '.bin': 'copy' },
    assetNames: '[name]',
    nodePaths,
    logLevel: 'error',
  });
  const names = readdirSync(out).filter((name) => extname(name) in KINDS);
  // The first module is the Worker.
  names.sort((a, b) => Number(b === 'worker.js') - Number(a === 'worker.js'));
  const modules = names.map((name) => `    (name = "${name}", ${KINDS[extname(name)]} = embed "${name}")`);
  writeFileSync(
    join(out, 'workerd.capnp'),
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .program)],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")]
);
const program :Workerd.Worker = (
  modules = [
${modules.join(',\n')}
  ],
  compatibilityDate = "2026-11-01"
);
`,
  );
  return names;
}
