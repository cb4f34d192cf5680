// Training steps of cells whose gates see only the input, beside those of a GRU in the same run.
// `--units=256`, `--time=512` and `--relaxed` change the sizes and the build.
import { gru, input, minGru, minLstm, prepare, sequential, tensor } from 'recurra';
import { interleave, printTable, writeJson } from './harness.mjs';

const option = (name, usual) =>
  Number(process.argv.find((arg) => arg.startsWith(`--${name}=`))?.split('=')[1] ?? usual);
const [T, H] = [option('time', 1024), option('units', 128)];
const numerics = process.argv.includes('--relaxed') ? 'relaxed' : 'portable';
const { missing } = await prepare({ numerics });
if (missing.length > 0) console.log(`not in this engine: ${missing.join('; ')}`);

/** A step of the layer alone: forward, mean squared error of all outputs, backward, update. */
function trainingStep(name, layer, B, I) {
  const model = sequential([input({ shape: [T, I] }), layer({ units: H, returnSequences: true })], {
    seed: 1,
    numerics,
  });
  model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
  const values = (n) => Float32Array.from({ length: n }, (_, i) => Math.sin(i * 0.37) * Math.cos(i * 0.011));
  const x = tensor(values(B * T * I), [B, T, I]);
  const y = tensor(values(B * T * H), [B, T, H]);
  return { name, B, I, run: () => model.trainOnBatch(x, y) };
}

const LAYERS = { gru, minGru, minLstm };
const cases = [
  [1, 32],
  [1, 128],
  [8, 32],
].flatMap(([B, I]) => Object.entries(LAYERS).map(([name, layer]) => trainingStep(name, layer, B, I)));
const timed = await interleave(cases, { rounds: 11, sampleMs: 30, warmMs: 150 });
const data = timed.map(({ name, B, I, ms, best }) => {
  const slow = timed.find((t) => t.name === 'gru' && t.B === B && t.I === I);
  return { name, B, I, ms, best, ratio: slow.ms / ms, bestRatio: slow.best / best };
});
console.log(`One training step at T=${T}, H=${H}; ${numerics}\n`);
printTable(
  data.map((d) => ({
    layer: d.name,
    B: d.B,
    I: d.I,
    ms: d.ms.toFixed(3),
    'times gru': d.ratio.toFixed(2),
    'at best': d.bestRatio.toFixed(2),
  })),
);
writeJson(`scan-${numerics}`, data);
