// One training step as a share of a bare micro-kernel timed in the same run, kernel by kernel, and the
// memory that the planner gives it. `--relaxed` times that build (Node 20: --experimental-wasm-relaxed-simd).
import { adam, dense, dropout, input, lstm, prepare, sequential, tensor } from 'recurra';
import { compileAssembly, instantiateBytes, interleave, printTable, writeJson } from './harness.mjs';

const [T, B, I, H, D] = [100, 32, 32, 128, 64];
const numerics = process.argv.includes('--relaxed') ? 'relaxed' : 'portable';
const { missing } = await prepare({ numerics });
if (missing.length > 0) console.log(`not in this engine: ${missing.join('; ')}`);

const model = sequential(
  [
    input({ shape: [T, I] }),
    lstm({ units: H }),
    dense({ units: D, activation: 'relu' }),
    dropout({ rate: 0.5 }),
    dense({ units: 1, activation: 'sigmoid' }),
  ],
  { seed: 1, numerics },
);
model.compile({ optimizer: adam({ learningRate: 1e-3 }), loss: 'binaryCrossentropy' });
const x = tensor(
  Float32Array.from({ length: B * T * I }, (_, i) => Math.sin(i * 0.37) * Math.cos(i * 0.011)),
  [B, T, I],
);
const y = tensor(
  Float32Array.from({ length: B }, (_, i) => i % 2),
  [B, 1],
);

// Products of the step: forward x·W and h·U; backward dz·Uᵀ, xᵀ·dz, hᵀ·dz; the dense layers are small beside.
const rows = T * B;
const flops = 2 * rows * 4 * H * (I + H) + 2 * rows * 4 * H * (H + I + H) + 2 * B * D * (3 * H + 3);

const memory = new WebAssembly.Memory({ initial: 64 });
const bare = instantiateBytes(await compileAssembly('bare.ts', numerics), memory);
const REPEAT = 200;
const [c, a, b] = [65536, 131072, 262144];
const cases = [
  { name: 'bare 6x8 tile, L1', flops: 2 * 6 * 8 * 256 * REPEAT, run: () => bare.tile(c, a, b, 256, REPEAT) },
  { name: 'training step', flops, run: () => model.trainOnBatch(x, y) },
];
const timed = await interleave(cases, { rounds: 25, sampleMs: 40, warmMs: 400 });
const rate = (t) => t.flops / t.ms / 1e6;
const best = (t) => t.flops / t.best / 1e6;
const data = timed.map((t) => ({
  name: t.name,
  ms: t.ms,
  gflops: rate(t),
  share: rate(t) / rate(timed[0]),
  bestShare: best(t) / best(timed[0]),
}));
console.log(`LSTM(${H}), Dense ${D}, Dropout, Dense 1, Adam; B=${B} T=${T} I=${I}; ${numerics}\n`);
printTable(
  data.map((d) => ({
    work: d.name,
    ms: d.ms.toFixed(3),
    'GFLOP/s': d.gflops.toFixed(1),
    'of bare': `${(100 * d.share).toFixed(0)} %`,
    'of bare best': `${(100 * d.bestShare).toFixed(0)} %`,
  })),
);

const report = model.memoryReport(B);
console.log(`\nMemory of the step\n${report}`);
// What the arithmetic asks for: input, gates, h and c of every step, the small activations, weights × 4 (Adam).
const saved = 4 * (rows * I + rows * 4 * H + 2 * (T + 1) * B * H + B * (2 * D + D + 2));
const needed = saved + report.parameters + report.gradients + report.slots;
console.log(
  `\nneeded by arithmetic: ${needed} bytes; planned: ${report.total}; ratio ${(report.total / needed).toFixed(3)}`,
);
writeJson(`training-step-${numerics}`, { steps: data, memory: { ...report, toString: undefined }, needed });
