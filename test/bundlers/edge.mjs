// A program as Vercel's Edge Functions get it: bundled under the condition `edge-light`, with each import of `x.wasm?module`
// turned into a global that the platform fills with the compiled module, as Next.js does. Run in Edge Runtime's own virtual
// machine, where code is made neither of text nor of bytes.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';

async function bundle(entry) {
  const modules = {};
  const wasmModules = {
    name: 'wasm modules',
    setup(esbuild) {
      esbuild.onResolve({ filter: /\.wasm\?module$/ }, ({ path, importer }) => ({
        path: join(dirname(importer), path.replace('?module', '')),
        namespace: 'wasm-module',
      }));
      esbuild.onLoad({ filter: /.*/, namespace: 'wasm-module' }, ({ path }) => {
        const bytes = readFileSync(path);
        const name = `wasm_${createHash('sha1').update(bytes).digest('hex')}`;
        modules[name] = new WebAssembly.Module(bytes);
        return { contents: `export default globalThis.${name};` };
      });
    },
  };
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    format: 'iife',
    conditions: ['edge-light'],
    plugins: [wasmModules],
    write: false,
    logLevel: 'error',
  });
  return { code: outputFiles[0].text, modules };
}

const NO_BYTES = `
WebAssembly.Module = new Proxy(WebAssembly.Module, {
  construct() { throw new WebAssembly.CompileError('Wasm code generation disallowed by embedder'); },
});
for (const name of ['compile', 'instantiate']) {
  WebAssembly[name] = () => { throw new WebAssembly.CompileError('Wasm code generation disallowed by embedder'); };
}
`;

/** What a program leaves in `globalThis.result`, and how many modules it was given. */
export async function runAtEdge(entry) {
  const { EdgeVM } = await import('@edge-runtime/vm');
  const { code, modules } = await bundle(entry);
  const vm = new EdgeVM({ extend: (context) => Object.assign(context, modules) });
  vm.evaluate(NO_BYTES);
  vm.evaluate(code);
  for (let wait = 0; vm.evaluate('globalThis.result') === undefined && wait < 1000; wait++) {
    await new Promise((done) => setTimeout(done, 10));
  }
  return { result: vm.evaluate('globalThis.result'), modules: Object.keys(modules).length };
}
