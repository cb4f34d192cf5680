import { dense } from '../layers/dense.js';
import { dropout } from '../layers/dropout.js';
import { input } from '../layers/input.js';
import type { Layer } from '../layers/layer.js';
import { gru } from '../layers/recurrent/gru.js';
import { lstm } from '../layers/recurrent/lstm.js';
import { sha256Hex } from '../numeric/sha256.js';
import { quantize } from '../quantize/index.js';
import { RandomStream } from '../random/stream.js';
import { sequential } from '../training/named/factories.js';
import { load } from '../training/named/load.js';
import type { NamedModel as Model } from '../training/named/model.js';
import { adam } from '../training/optimizers/index.js';
import type { Numerics } from '../wasm/load.js';

/** Work that is timed. */
export interface BenchCase {
  /** What is done, with its sizes. */
  readonly name: string;
  /** Makes what is called over and over; each making starts from the same numbers. */
  make(numerics: Numerics): BenchWork;
}

/** Work that stands ready. */
export interface BenchWork {
  /** One call of what is timed. */
  run(): void;
  /** Digest of the bits that the first calls give. */
  fingerprint(): string;
}

/** Numbers between -1 and 1, the same in every engine. */
function data(count: number, seed: number): Float32Array {
  const stream = new RandomStream(seed, 0);
  return Float32Array.from({ length: count }, () => 2 * stream.uniform24() - 1);
}

/** Steps whose outputs a fingerprint is made of. */
const STEPS = 16;

/** One step of a stream at a time. */
function stepping(name: string, units: number, make: (numerics: Numerics) => Model): BenchCase {
  return {
    name,
    make(numerics) {
      const model = make(numerics);
      const stream = model.stream();
      const frame = data(units, 2);
      return {
        run: () => void stream.step(frame),
        fingerprint() {
          stream.reset();
          const outputs = Array.from({ length: STEPS }, () => [...stream.step(frame)]).flat();
          return sha256Hex(Float32Array.from(outputs));
        },
      };
    },
  };
}

const recurrent = (layer: Layer, units: number, numerics: Numerics): Model =>
  sequential([input({ shape: [null, units] }), layer], { seed: 1, numerics }) as Model;

function lstmStep(units: number): BenchCase {
  return stepping(`LSTM step, ${units} units`, units, (numerics) =>
    recurrent(lstm({ units, returnSequences: true }), units, numerics),
  );
}

function sequence(name: string, batch: number, T: number, units: number, layer: () => Layer): BenchCase {
  return {
    name,
    make(numerics) {
      const model = recurrent(layer(), units, numerics);
      const x = { data: data(batch * T * units, 3), shape: [batch, T, units] };
      return {
        run: () => void model.predict(x, { batchSize: batch }),
        fingerprint: () => sha256Hex(model.predict(x, { batchSize: batch }).data),
      };
    },
  };
}

/** The training step of docs/performance.md. */
function trainingStep(batch: number, T: number, features: number, units: number): BenchCase {
  return {
    name: `training step, LSTM ${units}, batch ${batch}, ${T} steps`,
    make(numerics) {
      const make = (): Model => {
        const model = sequential(
          [
            input({ shape: [T, features] }),
            lstm({ units }),
            dense({ units: units / 2, activation: 'relu' }),
            dropout({ rate: 0.5 }),
            dense({ units: 1, activation: 'sigmoid' }),
          ],
          { seed: 1, numerics },
        ) as Model;
        model.compile({ optimizer: adam({ learningRate: 1e-3, clipNorm: 1 }), loss: 'binaryCrossentropy' });
        return model;
      };
      const x = { data: data(batch * T * features, 4), shape: [batch, T, features] };
      const y = { data: data(batch, 5).map((value) => (value > 0 ? 1 : 0)), shape: [batch, 1] };
      const model = make();
      return {
        run: () => void model.trainOnBatch(x, y),
        fingerprint() {
          const fresh = make();
          for (let step = 0; step < 3; step++) fresh.trainOnBatch(x, y);
          return fresh.fingerprint();
        },
      };
    },
  };
}

function loading(units: number): BenchCase {
  return {
    name: `load of a saved LSTM, ${units} units, and one step`,
    make(numerics) {
      const bytes = recurrent(lstm({ units, returnSequences: true }), units, numerics).save();
      const frame = data(units, 6);
      const first = (): Float32Array => load(bytes, { numerics }).stream().step(frame);
      return { run: () => void first(), fingerprint: () => sha256Hex(first()) };
    },
  };
}

/** The set that every runtime is compared on. */
export const CASES: readonly BenchCase[] = [
  lstmStep(64),
  lstmStep(128),
  lstmStep(256),
  stepping('GRU step, 128 units', 128, (numerics) =>
    recurrent(gru({ units: 128, returnSequences: true }), 128, numerics),
  ),
  stepping('LSTM step, 256 units, 8 bits', 256, (numerics) =>
    quantize(recurrent(lstm({ units: 256, returnSequences: true }), 256, numerics)),
  ),
  sequence('LSTM 128, 100 steps, batch 1', 1, 100, 128, () => lstm({ units: 128 })),
  sequence('LSTM 128, 100 steps, batch 32', 32, 100, 128, () => lstm({ units: 128 })),
  sequence('GRU 128, 100 steps, batch 32', 32, 100, 128, () => gru({ units: 128 })),
  trainingStep(32, 100, 32, 128),
  loading(64),
];
