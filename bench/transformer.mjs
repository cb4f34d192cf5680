// A decoding step of a causal Transformer with its keys and values in memory, at steps 64 to 1024, and the share of a
// bare micro-kernel that a whole block reaches: T = 256, B = 8, 8 heads, width 256.
import {
  compileAssembly,
  importTypeScript,
  instantiateBytes,
  interleave,
  printTable,
  writeJson,
} from './harness.mjs';

const recurra = await importTypeScript('src/index.ts');
const { input, sequential, sgd, tensor, transformerEncoder } = recurra;
const [T, B, N, H, F] = [256, 8, 8, 256, 1024];
const data = (n) =>
  Float32Array.from({ length: n }, (_, i) => (Math.imul(i, 2654435761) >>> 8) / 2 ** 24 - 0.5);

const stream = (steps) => {
  const block = () => transformerEncoder({ intermediateDim: F, numHeads: N, useCausalMask: true });
  const net = sequential([input({ shape: [null, H] }), block(), block()], { seed: 1 });
  return net.stream({ maxSteps: steps });
};

/** Median time in microseconds of the last steps before step t. */
function stepTime(t) {
  const own = stream(t);
  const frame = data(H);
  const [few, times] = [32, []];
  for (let round = 0; round < 5; round++) {
    own.reset();
    for (let i = 0; i < t - few; i++) own.step(frame);
    for (let i = 0; i < few; i++) {
      const start = performance.now();
      own.step(frame);
      times.push(1e3 * (performance.now() - start));
    }
  }
  return times.sort((a, b) => a - b)[times.length >> 1];
}

const steps = [64, 128, 256, 512, 1024].map((t) => ({ t, us: stepTime(t) }));
console.log('A step of two blocks of width 256, 8 heads:');
printTable(steps.map(({ t, us }) => ({ 'at step': t, µs: us.toFixed(0) })));
const [first, last] = [steps[0], steps.at(-1)];
console.log(
  `A further step to see costs ${((1e3 * (last.us - first.us)) / (last.t - first.t)).toFixed(0)} ns.\n`,
);

const memory = new WebAssembly.Memory({ initial: 64 });
const bare = instantiateBytes(await compileAssembly('bare.ts', 'portable'), memory);
const net = sequential([input({ shape: [T, H] }), transformerEncoder({ intermediateDim: F, numHeads: N })], {
  seed: 1,
});
net.compile({ optimizer: sgd(), loss: 'meanSquaredError' });
const x = tensor(data(B * T * H), [B, T, H]);
const forward = 2 * B * T * (4 * H * H + 2 * T * H + 2 * H * F);
const REPEAT = 50;
const timed = await interleave(
  [
    {
      name: 'bare 6x8 tile, L1',
      flops: 2 * 6 * 8 * 256 * REPEAT,
      run: () => bare.tile(0, 8192, 65536, 256, REPEAT),
    },
    { name: 'block, predict', flops: forward, run: () => net.predict(x) },
    { name: 'block, training step', flops: 3 * forward, run: () => net.trainOnBatch(x, x) },
  ],
  { rounds: 7 },
);
const limit = timed[0].flops / timed[0].ms;
const block = timed.map(({ name, flops, ms }) => ({ name, ms, share: flops / ms / limit }));
printTable(
  block.map(({ name, ms, share }) => ({
    name,
    ms: ms.toFixed(2),
    'of bare': `${(100 * share).toFixed(0)} %`,
  })),
);
writeJson('transformer', { steps, block });
