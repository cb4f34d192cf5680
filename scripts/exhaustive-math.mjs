// Largest error of each math kernel over all 2^32 floats, against f64. A minute or two per function.
// node scripts/exhaustive-math.mjs [name ...]
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const bundle = await build({
  entryPoints: [`${root}test/harness/math-cases.ts`],
  bundle: true,
  write: false,
  format: 'esm',
});
const { MATH_CASES } = await import(
  `data:text/javascript;base64,${Buffer.from(bundle.outputFiles[0].contents).toString('base64')}`
);

const CHUNK = 1 << 20;
const memory = new WebAssembly.Memory({ initial: 256 });
const module = new WebAssembly.Module(readFileSync(`${root}build/portable.wasm`));
const kernels = new WebAssembly.Instance(module, { env: { memory } }).exports;
const base = (kernels.heap_base() + 127) & ~127;
const bits = new Uint32Array(memory.buffer, base, CHUNK);
const x = new Float32Array(memory.buffer, base, CHUNK);
const y = new Float32Array(memory.buffer, base + 4 * CHUNK, CHUNK);

const single = new Float32Array(1);
const singleBits = new Uint32Array(single.buffer);

/** |got − want| in units of the last place of want as an f32. */
function ulpError(got, want) {
  single[0] = want;
  const exponent = (singleBits[0] >>> 23) & 255;
  if (exponent === 255 || !(Math.abs(got) < Infinity)) {
    return Object.is(got, single[0]) ? 0 : Infinity;
  }
  return Math.abs(got - want) * 2 ** (150 - Math.max(exponent, 1));
}

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !MATH_CASES.some((c) => c.name === name));
if (unknown.length > 0) throw new Error(`unknown: ${unknown}. Known: ${MATH_CASES.map((c) => c.name)}`);

let failed = false;
for (const { name, run, f, maxUlp } of MATH_CASES) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  let worst = 0;
  let where = 0;
  for (let start = 0; start < 2 ** 32; start += CHUNK) {
    for (let i = 0; i < CHUNK; i++) bits[i] = start + i;
    run(kernels, base + 4 * CHUNK, base, CHUNK);
    for (let i = 0; i < CHUNK; i++) {
      const error = ulpError(y[i], f(x[i]));
      if (error > worst) {
        worst = error;
        where = x[i];
      }
    }
  }
  const verdict = worst <= maxUlp ? 'within' : 'BEYOND';
  failed ||= worst > maxUlp;
  console.log(`${name.padEnd(10)} ${worst.toFixed(3)} ULP at ${where}, ${verdict} ${maxUlp}`);
}
process.exitCode = failed ? 1 : 0;
