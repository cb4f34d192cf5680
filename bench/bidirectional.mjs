// What a bidirectional layer costs beside one direction of it, in the same run.
import { bidirectional, gru, input, lstm, sequential, tensor } from 'recurra';
import { interleave, printTable, writeJson } from './harness.mjs';

const T = 100;
const values = (n) => Float32Array.from({ length: n }, (_, i) => Math.sin(i * 0.37) * Math.cos(i * 0.011));

/** Prediction and a training step of a layer that gives the output of every step. */
function work(name, wrapped, layer, B, H) {
  const own = layer({ units: H, returnSequences: true });
  const model = sequential([input({ shape: [T, H] }), wrapped ? bidirectional({ layer: own }) : own], {
    seed: 1,
  });
  model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
  const x = tensor(values(B * T * H), [B, T, H]);
  const width = wrapped ? 2 * H : H;
  const y = tensor(values(B * T * width), [B, T, width]);
  return [
    { name, wrapped, B, H, what: 'predict', run: () => model.predict(x) },
    { name, wrapped, B, H, what: 'train', run: () => model.trainOnBatch(x, y) },
  ];
}

const cases = [
  [1, 128],
  [32, 128],
  [32, 256],
].flatMap(([B, H]) =>
  Object.entries({ lstm, gru }).flatMap(([name, layer]) =>
    [false, true].flatMap((wrapped) => work(name, wrapped, layer, B, H)),
  ),
);
const timed = await interleave(cases, { rounds: 7, sampleMs: 20, warmMs: 100 });
const data = timed
  .filter(({ wrapped }) => wrapped)
  .map(({ name, B, H, what, ms, best }) => {
    const one = timed.find((t) => !t.wrapped && t.name === name && t.B === B && t.H === H && t.what === what);
    return { name, what, B, H, one: one.ms, both: ms, ratio: ms / one.ms, bestRatio: best / one.best };
  });
console.log(`Both directions beside one at T=${T}, I=H; milliseconds\n`);
printTable(
  data.map((d) => ({
    layer: d.name,
    what: d.what,
    B: d.B,
    H: d.H,
    'one direction': d.one.toFixed(3),
    both: d.both.toFixed(3),
    ratio: d.ratio.toFixed(2),
    'at best': d.bestRatio.toFixed(2),
  })),
);
writeJson('bidirectional', data);
