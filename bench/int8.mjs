// Quantised models beside the same models in f32, through the public interface and in one run: one time step
// of a stream, and a whole sequence. Both builds where the engine has relaxed SIMD. `--quick` leaves out the
// whole sequences.
import { setFlagsFromString } from 'node:v8';
import { importTypeScript, interleave, printTable, writeJson } from './harness.mjs';

setFlagsFromString('--experimental-wasm-relaxed-simd');
const quick = process.argv.includes('--quick');
const recurra = await importTypeScript('src/index.ts');
const { dense, gru, input, lstm, prepare, quantize, runtimeInfo, sequential, tensor } = recurra;

const T = 100;
const builds = ['portable'];

const frame = (features) => Float32Array.from({ length: features }, (_, i) => Math.sin(i));

/** One step of a stream, in f32 and in 8 bits. */
function step(name, features, layer) {
  return {
    name,
    make(numerics) {
      const model = sequential([input({ shape: [null, features] }), layer], { numerics });
      const x = frame(features);
      return [model, quantize(model)].map((net) => {
        const stream = net.stream();
        return () => stream.step(x);
      });
    },
  };
}

/** A whole sequence of B samples. */
function sequence(name, B, features, layer) {
  return {
    name,
    make(numerics) {
      const model = sequential([input({ shape: [T, features] }), layer], { numerics });
      const x = tensor(frame(B * T * features), [B, T, features]);
      return [model, quantize(model)].map((net) => () => net.predict(x, { batchSize: B }));
    },
  };
}

const cases = [
  ...[64, 128, 256, 512].map((H) => step(`LSTM step, I=H=${H}`, H, lstm({ units: H }))),
  ...[128, 384].map((H) => step(`GRU step, I=H=${H}`, H, gru({ units: H }))),
  ...[128, 512].map((O) => step(`dense step, I=O=${O}`, O, dense({ units: O }))),
  ...(quick ? [] : [128, 256, 512]).flatMap((H) =>
    [1, 32].map((B) => sequence(`LSTM T=${T} B=${B}, I=H=${H}`, B, H, lstm({ units: H }))),
  ),
];

/** Both precisions of every case under so many numerics, timed case by case so that each fits its cache. */
async function time(numerics) {
  const rows = [];
  for (const { name, make } of cases) {
    const [f32, int8] = await interleave(
      make(numerics).map((run) => ({ run })),
      { rounds: quick ? 9 : 15, sampleMs: 5, warmMs: 40 },
    );
    rows.push({ name, numerics, f32: 1e3 * f32.ms, int8: 1e3 * int8.ms, ratio: f32.ms / int8.ms });
  }
  return rows;
}

// The portable models come first: once the dot product is prepared, quantised models use it.
const data = await time('portable');
if (runtimeInfo().relaxedSimd) {
  await prepare({ numerics: 'relaxed', int8: true });
  builds.push('relaxed');
  data.push(...(await time('relaxed')));
}
const found = (name, numerics) => data.find((row) => row.name === name && row.numerics === numerics);
printTable(
  cases.map(({ name }) => {
    const row = { name };
    for (const numerics of builds) {
      const { f32, int8, ratio } = found(name, numerics);
      row[`${numerics} f32, us`] = f32.toFixed(1);
      row['int8, us'.padEnd(8 + builds.indexOf(numerics))] = int8.toFixed(1);
      row['f32 / int8'.padEnd(10 + builds.indexOf(numerics))] = ratio.toFixed(2);
    }
    return row;
  }),
);
writeJson('int8', data);
