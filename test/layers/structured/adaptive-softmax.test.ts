import { describe, expect, it } from 'vitest';
import {
  adam,
  adaptiveSoftmax,
  dense,
  embedding,
  gru,
  input,
  load,
  type Model,
  ShapeError,
  sequential,
  tensor,
  UnknownNameError,
  ValueError,
} from '../../../src/index.js';
import { adaptiveTailScratch } from '../../../src/wasm/scratch.js';
import goldens from '../../golden/adaptive_softmax.json' with { type: 'json' };
import { expectClose } from '../../harness/golden.js';
import { kernelGradients, scaledDifference } from '../../harness/gradient.js';
import { KernelBench } from '../../harness/kernels.js';
import { testData, testRandom } from '../../harness/random.js';
import { logSum } from '../../harness/reference/ctc.js';

/** Of the largest number compared. */
const BOUND = 3e-6;
const T = 6;
const V = 120;

describe.each(goldens.map((golden, i) => [i, golden] as const))(
  'PyTorch: adaptive softmax, case %i',
  (_, golden) => {
    const { features: I, options, targets } = golden;
    const R = targets.length;
    const x = tensor(Float32Array.from(golden.x), [R, I]);
    const y = tensor(Float32Array.from(targets), [R, 1]);

    it('agrees in probabilities, loss and the gradients of weights and inputs', () => {
      // A first layer of ones in front: the gradient of its bias is the sum of those of the inputs.
      const net = sequential([input({ shape: [I] }), dense({ units: I }), adaptiveSoftmax(options)]);
      net.compile({ loss: 'adaptiveSoftmax' });
      const eye = Float32Array.from({ length: I * I }, (_, i) => (i % (I + 1) === 0 ? 1 : 0));
      const weights = Object.entries(golden.weights).map(([name, values]) => [
        `adaptiveSoftmax.${name}`,
        Float32Array.from(values as number[]),
      ]);
      net.setWeights({ 'dense.kernel': eye, ...Object.fromEntries(weights) });
      expectClose('probabilities', net.predict(x).data, golden.probabilities, BOUND);
      expect(Math.abs(net.evaluate(x, y).loss / golden.loss - 1)).toBeLessThan(BOUND);
      const { loss, gradients } = kernelGradients(net, x, y);
      expect(Math.abs(loss / golden.loss - 1)).toBeLessThan(BOUND);
      for (const [name, values] of Object.entries(golden.gradients)) {
        expect(scaledDifference(gradients[`adaptiveSoftmax.${name}`], values as number[]), name).toBeLessThan(
          BOUND,
        );
      }
      const sums = Array.from({ length: I }, (_, i) =>
        golden.dx.reduce((sum, v, at) => sum + (at % I === i ? v : 0), 0),
      );
      expectClose('inputs', gradients['dense.bias'], sums, BOUND);
    });
  },
);

describe('adaptive_tail_loss', () => {
  const bench = new KernelBench(16);
  const SIZES = [1, 3, 4, 5, 17, 33];

  it('agrees with f64 at every size, for the rows of its cluster alone', () => {
    for (const [i, D] of SIZES.entries()) {
      for (const N of SIZES) {
        const [R, I, first] = [SIZES[(i + N) % 6], SIZES[(i + 2) % 6], 7];
        const next = testRandom(D + 100 * N);
        const target = Float32Array.from({ length: R }, () => first - 2 + Math.floor(next() * (N + 4)));
        const [h, P, W] = [testData(1, R * I), testData(2, I * D), testData(3, D * N)];
        const weights = testData(4, R, 0, 2);
        bench.reset();
        const made = [R, R * I, I * D, D * N].map((floats) => bench.alloc(floats, 0));
        const read = [h, target, P, W, weights].map((values) => bench.put(values));
        const scratch = bench.alloc(adaptiveTailScratch(R, I, D, N));
        const kernel = bench.kernels.adaptive_tail_loss as (...args: number[]) => void;
        kernel(...made, ...read, scratch, R, I, D, N, first, 0.5);
        const lossOf = (values: readonly ArrayLike<number>[], each?: number[]): number => {
          let total = 0;
          for (let r = 0; r < R; r++) {
            const y = target[r] - first;
            if (y < 0 || y >= N) continue;
            const p = Array.from({ length: D }, (_, d) => {
              let sum = 0;
              for (let c = 0; c < I; c++) sum += values[0][r * I + c] * values[1][c * D + d];
              return sum;
            });
            const x = Array.from({ length: N }, (_, j) =>
              p.reduce((sum, v, d) => sum + v * values[2][d * N + j], 0),
            );
            const l = logSum(x) - x[y];
            if (each) each[r] = l;
            total += 0.5 * weights[r] * l;
          }
          return total;
        };
        const each = Array(R).fill(0);
        const wide = [h, P, W].map((values) => Float64Array.from(values));
        lossOf(wide, each);
        const label = `R=${R} I=${I} D=${D} N=${N}`;
        expect(scaledDifference(bench.read(made[0], R), each, 0.1), label).toBeLessThan(BOUND);
        wide.forEach((values, which) => {
          const got = bench.read(made[which + 1], values.length);
          const slopes = Array.from(values, (value, at) => {
            if (at % Math.ceil(values.length / 40) !== 0) return got[at];
            values[at] = value + 1e-5;
            const above = lossOf(wide);
            values[at] = value - 1e-5;
            const below = lossOf(wide);
            values[at] = value;
            return (above - below) / 2e-5;
          });
          expect(scaledDifference(got, slopes, 0.1), `${which}, ${label}`).toBeLessThan(BOUND);
        });
      }
    }
  });
});

describe('adaptiveSoftmax', () => {
  const make = (metrics: string[] = []): Model => {
    const net = sequential(
      [
        input({ shape: [null] }),
        embedding({ inputDim: V, outputDim: 12 }),
        gru({ units: 12, returnSequences: true }),
        adaptiveSoftmax({ units: V, cutoffs: [10, 40], divValue: 2 }),
      ],
      { seed: 2 },
    );
    const optimizer = adam({ learningRate: 0.02 });
    net.compile({ optimizer, loss: 'adaptiveSoftmax', metrics: metrics as never });
    return net;
  };
  const next = testRandom(1);
  const rows = Array.from({ length: 200 }, () => {
    const start = Math.floor(next() * V);
    return Array.from({ length: T + 1 }, (_, t) => (start + t) % V);
  });
  const x = rows.map((row) => row.slice(0, T));
  const y = rows.map((row) => row.slice(1));

  it('gives probabilities that add up to 1, and the loss that is theirs, with lengths and weights', () => {
    const net = make(['accuracy']);
    const { data } = net.predict(x.slice(0, 5));
    for (let r = 0; r < 5 * T; r++) {
      expect(data.subarray(r * V, (r + 1) * V).reduce((a, b) => a + b)).toBeCloseTo(1, 5);
    }
    const lengths = [6, 2, 5, 1, 3];
    const logs = lengths.flatMap((length, s) =>
      Array.from({ length }, (_, t) => -Math.log(data[(s * T + t) * V + y[s][t]])),
    );
    const { loss } = net.evaluate(x.slice(0, 5), y.slice(0, 5), { lengths });
    expect(loss).toBeCloseTo(logs.reduce((a, b) => a + b) / logs.length, 4);
  });

  it('learns, alike with metrics, after loading, and streams', async () => {
    const [net, measured] = [make(), make(['accuracy'])];
    const before = net.evaluate(x, y).loss;
    for (const one of [net, measured]) await one.fit(x, y, { epochs: 10, verbose: 0 });
    expect(net.evaluate(x, y).loss).toBeLessThan(0.6 * before);
    expect(measured.fingerprint()).toBe(net.fingerprint());
    const again = load(net.save());
    for (const one of [net, again]) await one.fit(x, y, { epochs: 1, verbose: 0 });
    expect(again.fingerprint()).toBe(net.fingerprint());
    const stream = net.stream();
    expect(x[0].flatMap((id) => [...stream.step([id])])).toEqual([...net.predict([x[0]]).data]);
  });

  it('refuses what it cannot do', () => {
    const net = make();
    const own = net.fingerprint();
    expect(() => net.trainOnBatch([x[0]], [y[0].map(() => V)])).toThrow(
      'expected an integer class from 0 to 119',
    );
    expect(net.fingerprint()).toBe(own);
    expect(() => net.compile({ loss: 'mse' })).toThrow(ValueError);
    for (const cutoffs of [[], [0], [9], [5, 5], [6, 3], [1.5]]) {
      expect(() => adaptiveSoftmax({ units: 9, cutoffs })).toThrow(ValueError);
    }
    expect(() => adaptiveSoftmax({ units: 9, cutoffs: [3], cutofs: 1 } as never)).toThrow(UnknownNameError);
    expect(() => sequential([input({ shape: [3] }), adaptiveSoftmax({ units: 9, cutoffs: [3] })])).toThrow(
      ShapeError,
    );
  });
});
