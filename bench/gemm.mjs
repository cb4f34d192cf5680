// Matrix products as a share of a bare micro-kernel, timed in the same run. `--relaxed` times that build.
import {
  compileAssembly,
  importTypeScript,
  instantiateBytes,
  interleave,
  loadKernels,
  printTable,
  writeJson,
} from './harness.mjs';

const target = process.argv.includes('--relaxed') ? 'relaxed' : 'portable';
const memory = new WebAssembly.Memory({ initial: 2048 });
const kernels = loadKernels(memory, target);
const bare = instantiateBytes(await compileAssembly('bare.ts', target), memory);
const { gemmTnScratch } = await importTypeScript('src/wasm/scratch.ts');

new Float32Array(memory.buffer).forEach((_, i, all) => {
  all[i] = ((Math.imul(i, 2654435761) >>> 8) / 2 ** 24) * 1e-2;
});
let top = 1 << 20;
function alloc(floats) {
  const at = top;
  top = (top + 4 * floats + 4095) & ~4095;
  return at;
}

/** Every case takes the same four regions: a product is timed on memory it has used before. */
const MAX = 3200 * 512;
const [c, a, b, scratch] = [MAX, MAX, 1024 * 2048, gemmTnScratch(512, 2048)].map(alloc);

// Twelve sums in registers, 50 passes over one panel.
const REPEAT = 50;
const cases = [
  {
    name: 'bare 6x8 tile, L1',
    flops: 2 * 6 * 8 * 256 * REPEAT,
    run: () => bare.tile(c, a, b, 256, REPEAT),
  },
];
const add = (name, M, N, K, run, against) => cases.push({ name, flops: 2 * M * N * K, run, against });
const gemm = (M, N, K, against) =>
  add(`gemm [${M},${K}]x[${K},${N}]`, M, N, K, () => kernels.gemm(c, a, b, 0, M, N, K, 1, K, N, 0), against);

gemm(256, 256, 256);
gemm(3200, 512, 128);
gemm(32, 512, 128);
gemm(32, 2048, 512);
for (let M = 2; M <= 7; M++) gemm(M, 512, 256);
for (const [M, N, K] of [
  [128, 512, 3200],
  [32, 512, 3200],
  [512, 2048, 800],
]) {
  const run = () => kernels.gemm_tn(c, a, b, scratch, M, N, K, M, N, N);
  add(`gemm_tn [${K},${M}]'x[${K},${N}]`, M, N, K, run);
}
for (const [K, N] of [
  [128, 512],
  [256, 512],
  [1024, 2048],
]) {
  const name = `bare gemv [${K},${N}]`;
  add(name, 1, N, K, () => bare.gemv(c, a, b, N, K));
  gemm(1, N, K, name);
}

const timed = await interleave(cases);
const byName = new Map(timed.map((t) => [t.name, t]));
const data = timed.map((t) => {
  const limit = byName.get(t.against ?? cases[0].name);
  return {
    name: t.name,
    us: 1e3 * t.ms,
    gflops: t.flops / t.ms / 1e6,
    bestGflops: t.flops / t.best / 1e6,
    share: t.flops / t.ms / (limit.flops / limit.ms),
    bestShare: t.flops / t.best / (limit.flops / limit.best),
  };
});
const percent = (share) => `${(100 * share).toFixed(0)} %`;
printTable(
  data.map(({ name, us, gflops, bestGflops, share, bestShare }) => ({
    name,
    us: us.toFixed(1),
    'GFLOP/s': gflops.toFixed(1),
    'of bare': name.startsWith('bare') ? '' : percent(share),
    best: bestGflops.toFixed(1),
    'of bare best': name.startsWith('bare') ? '' : percent(bestShare),
  })),
);
writeJson(`gemm-${target}`, data);
