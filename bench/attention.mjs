// Attention as a share of a bare micro-kernel, timed in the same run: T = 256, B = 8, 8 heads, width 256; and
// what the planner gives it at several lengths. `--relaxed` times that build.
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
const { attentionBackwardScratch, attentionScratch } = await importTypeScript('src/wasm/scratch.ts');

const [T, B, N, D] = [256, 8, 8, 32];
const W = N * D;
new Float32Array(memory.buffer).forEach((_, i, all) => {
  all[i] = (Math.imul(i, 2654435761) >>> 8) / 2 ** 24 - 0.5;
});
let top = 1 << 20;
function alloc(floats) {
  const at = top;
  top = (top + 4 * floats + 4095) & ~4095;
  return at;
}
const [q, k, v, y, dq, dk, dv, dy, x] = Array.from({ length: 9 }, () => alloc(T * B * W));
const lse = alloc(B * N * T);
const weights = alloc(W * W);
const forwardScratch = alloc(attentionScratch(T, D, D));
const backwardScratch = alloc(attentionBackwardScratch(T, T, D, D));
const scale = 1 / Math.sqrt(D);

const numbers = (causal) => [0, B * N, T, T, B, N, D, D, causal, 0, 0, scale, 0];
const forward = (causal) =>
  kernels.attention_forward(y, lse, q, k, v, 0, 0, 0, 0, forwardScratch, ...numbers(causal));
const backward = (causal) =>
  kernels.attention_backward(
    ...[dq, dk, dv, dy, y, lse, q, k, v, 0, 0, 0, 0, backwardScratch],
    ...numbers(causal),
  );
const project = (to, from) => kernels.gemm(to, from, weights, 0, T * B, W, W, 1, W, W, 0);
const product = 2 * T * T * B * W;
const projection = 2 * T * B * W * W;

const REPEAT = 50;
const cases = [
  {
    name: 'bare 6x8 tile, L1',
    flops: 2 * 6 * 8 * 256 * REPEAT,
    run: () => bare.tile(dq, x, weights, 256, REPEAT),
  },
  {
    name: 'projections',
    flops: 4 * projection,
    run: () => {
      for (const to of [q, k, v, dy]) project(to, x);
    },
  },
  { name: 'attention', flops: 2 * product, run: () => forward(0) },
  { name: 'attention, causal', flops: product, run: () => forward(1) },
  {
    name: 'whole layer',
    flops: 4 * projection + 2 * product,
    run: () => {
      for (const to of [q, k, v]) project(to, x);
      forward(0);
      project(dy, y);
    },
  },
  { name: 'attention, backward', flops: 5 * product, run: () => backward(0) },
  { name: 'attention, causal, backward', flops: 2.5 * product, run: () => backward(1) },
];
forward(0);
const timed = await interleave(cases, { rounds: 7 });
const limit = timed[0].flops / timed[0].ms;
const data = timed.map(({ name, flops, ms }) => ({
  name,
  ms,
  gflops: flops / ms / 1e6,
  share: flops / ms / limit,
}));
printTable(
  data.map(({ name, ms, gflops, share }) => ({
    name,
    ms: ms.toFixed(2),
    'GFLOP/s': gflops.toFixed(1),
    'of bare': `${(100 * share).toFixed(0)} %`,
  })),
);
writeJson(`attention-${target}`, data);

const { input, model, multiHeadAttention, sgd } = await importTypeScript('src/index.ts');
console.log();
printTable(
  [512, 2048, 8192].map((steps) => {
    const h = input({ shape: [steps, W] });
    const net = model({ inputs: h, outputs: multiHeadAttention({ numHeads: N, keyDim: D }).apply(h) });
    net.compile({ optimizer: sgd(), loss: 'meanSquaredError' });
    const mb = net.memoryReport(1).workspace / 2 ** 20;
    return {
      T: steps,
      'training, MB': mb.toFixed(1),
      'scores alone, MB': ((4 * N * steps ** 2) / 2 ** 20).toFixed(0),
    };
  }),
);
