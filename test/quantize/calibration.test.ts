import { describe, expect, it } from 'vitest';
import {
  bidirectional,
  DataError,
  dense,
  gru,
  input,
  lstm,
  type Model,
  quantizationReport,
  quantize,
  ShapeError,
  sequential,
  simpleRNN,
  type Tensor,
  tensor,
} from '../../src/index.js';
import { observeOperands } from '../../src/quantize/observe.js';
import { planLayers } from '../../src/quantize/plan.js';
import { calibrateWeight } from '../../src/quantize/weights.js';
import { bitsOf, giveWeights } from '../harness/bits.js';
import { INT8_MODELS } from '../harness/int8-models.js';
import { testData } from '../harness/random.js';

/** Mean difference of a calibrated model over that of a plain one, for features far apart. Measured: 0.0189. */
const CALIBRATED_SHARE = 0.05;
/** Largest difference of an output of a calibrated model from f32, over the largest. Measured: 0.0047. */
const OUTPUT_BOUND = 0.007;

const T = 8;

/** Features of sizes 1, 40 and 0.1, the last of them around 30. */
function unlike(seed: number, count: number): Tensor {
  const size = [1, 40, 0.1];
  const around = [0, 0, 30];
  const data = testData(seed, count * T * 3, -1, 1).map((v, i) => around[i % 3] + size[i % 3] * v);
  return tensor(data, [count, T, 3]);
}

/** Weights that give every feature a say. */
function balanced(net: Model): Model {
  giveWeights(net, 7);
  for (const [name, { data, shape }] of Object.entries(net.getWeights())) {
    if (shape[0] !== 3 || !name.endsWith('ernel')) continue;
    const columns = shape[1];
    net.setWeights({ [name]: data.map((w, i) => w / [1, 40, 0.1][Math.floor(i / columns)]) });
    const bias = net.getWeights()[name.replace('kernel', 'bias')];
    if (bias === undefined) continue;
    const centered = bias.data.map((b, n) => (n < columns ? b - 30 * 10 * data[2 * columns + n] : b));
    net.setWeights({ [name.replace('kernel', 'bias')]: centered });
  }
  return net;
}

const CELLS = {
  lstm: () => lstm({ units: 9 }),
  gru: () => gru({ units: 9 }),
  'gru resetAfter false': () => gru({ units: 9, resetAfter: false }),
  simpleRNN: () => simpleRNN({ units: 9 }),
  bidirectional: () => bidirectional({ layer: lstm({ units: 5 }) }),
};

describe.each(Object.keys(CELLS) as (keyof typeof CELLS)[])('%s, calibrated', (name) => {
  const net = balanced(sequential([input({ shape: [T, 3] }), CELLS[name](), dense({ units: 2 })]));
  const seen = unlike(1, 70);
  const x = unlike(2, 20);

  it('is closer to f32 where features differ in size and place', () => {
    const [plain] = quantizationReport(net, quantize(net), x).outputs;
    const [calibrated] = quantizationReport(net, quantize(net, { calibration: seen }), x).outputs;
    expect(calibrated.mean / plain.mean).toBeLessThan(CALIBRATED_SHARE);
  });

  it('does not depend on how the samples come in batches', () => {
    const small = quantize(net, { calibration: seen });
    const whole = small.predict(x);
    expect(bitsOf(small.predict(x, { batchSize: 3 }).data)).toEqual(bitsOf(whole.data));
    expect(quantize(net, { calibration: seen }).fingerprint()).toBe(small.fingerprint());
  });
});

describe.each(INT8_MODELS)('$name, calibrated', ({ make, data }) => {
  it('stays close to f32, and comes back from bytes', () => {
    const net = make();
    const small = quantize(net, { calibration: data(40) });
    const [{ largest, size }] = quantizationReport(net, small, data(9)).outputs;
    expect(largest / size).toBeLessThan(OUTPUT_BOUND);
    expect(largest).toBeGreaterThan(0);
  });
});

describe('observeOperands', () => {
  it('notes range and mean of what meets each weight, over samples and steps', () => {
    const net = sequential([
      input({ shape: [T, 3] }),
      lstm({ units: 4, returnSequences: true }),
      dense({ units: 2 }),
    ]);
    giveWeights(net, 3);
    const x = unlike(4, 50);
    const found = observeOperands(net, planLayers(net.graph, net.parameters, [], true), x);
    expect([...found.keys()]).toEqual(['lstm.kernel', 'lstm.recurrentKernel', 'dense.kernel']);
    const h = sequential([input({ shape: [T, 3] }), lstm({ units: 4, returnSequences: true })]);
    h.setWeights(
      Object.fromEntries(Object.entries(net.getWeights()).filter(([name]) => name.startsWith('lstm'))),
    );
    for (const [label, data] of [
      ['lstm.kernel', x.data],
      ['dense.kernel', h.predict(x).data],
    ] as const) {
      const range = found.get(label);
      const K = range?.low.length as number;
      for (let k = 0; k < K; k++) {
        const values = [...data].filter((_, i) => i % K === k);
        expect(range?.low[k]).toBe(Math.min(...values));
        expect(range?.high[k]).toBe(Math.max(...values));
        const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
        expect(range?.mean[k]).toBeCloseTo(mean, 9);
      }
    }
    // The state also starts from zero.
    const state = found.get('lstm.recurrentKernel');
    const inputs = found.get('dense.kernel');
    state?.low.forEach((v, k) => {
      expect(v).toBe(Math.min(0, inputs?.low[k] as number));
    });
  });

  it('names what is not finite, and data that does not fit', () => {
    const net = sequential([input({ shape: [T, 3] }), lstm({ units: 4 }), dense({ units: 2 })]);
    const bad = unlike(1, 4);
    bad.data[20] = Number.NaN;
    const calibrate = (calibration: Tensor) => () => quantize(net, { calibration });
    expect(calibrate(bad)).toThrow(DataError);
    expect(calibrate(bad)).toThrow(/what lstm\.kernel is multiplied with is not finite at 2/);
    expect(calibrate(tensor([1, 2], [1, 1, 2]))).toThrow(ShapeError);
    expect(calibrate(tensor([], [0, T, 3]))).toThrow(/calibration: the data has no samples/);
  });

  it('leaves what stateful layers carry as it was', () => {
    const net = sequential([
      input({ shape: [T, 3] }),
      lstm({ units: 4, stateful: true }),
      dense({ units: 2 }),
    ]);
    const twin = sequential([
      input({ shape: [T, 3] }),
      lstm({ units: 4, stateful: true }),
      dense({ units: 2 }),
    ]);
    const [first, second] = [unlike(5, 3), unlike(6, 3)];
    for (const one of [net, twin]) one.predict(first, { batchSize: 3 });
    quantize(net, { calibration: unlike(7, 40) });
    expect(bitsOf(net.predict(second, { batchSize: 3 }).data)).toEqual(
      bitsOf(twin.predict(second, { batchSize: 3 }).data),
    );
  });
});

describe('calibrateWeight', () => {
  const weight = { data: testData(8, 5 * 3), shape: [5, 3] };
  const range = (low: number[], high: number[]) => ({
    low: Float64Array.from(low),
    high: Float64Array.from(high),
    mean: Float64Array.from(low, (v, k) => (v + 2 * high[k]) / 3),
  });

  it('keeps the product of an operand at its mean', () => {
    const seen = range([-1, 0, 20, -3, -1e-4], [1, 5, 21, 90, 1e-4]);
    const { values, scales, operand, shift } = calibrateWeight(weight, seen, 'w');
    for (let n = 0; n < 3; n++) {
      let [want, got] = [0, shift[n]];
      for (let k = 0; k < 5; k++) {
        want += seen.mean[k] * weight.data[k * 3 + n];
        const adjusted = (seen.mean[k] - operand.data[k]) * operand.data[5 + k];
        got += adjusted * values.data[k * 3 + n] * scales.data[n];
      }
      expect(got).toBeCloseTo(want, 9);
    }
  });

  it('does not divide by operands that never moved, or rows of zeros', () => {
    const still = calibrateWeight(weight, range([0, 2, 0, 0, 0], [0, 2, 0, 1, 0]), 'w');
    expect([...still.operand.data].every(Number.isFinite)).toBe(true);
    expect([...still.operand.data.subarray(0, 5)]).toEqual([0, 2, 0, 0.5, 0]);
    const zeros = { data: weight.data.map((w, i) => (i < 3 ? 0 : w)), shape: [5, 3] };
    const unused = calibrateWeight(zeros, range([-1, -1, -1, -1, -1], [1, 1, 1, 1, 1]), 'w');
    expect([...unused.values.data.subarray(0, 3)]).toEqual([0, 0, 0]);
    expect([...unused.operand.data].every(Number.isFinite)).toBe(true);
    const none = calibrateWeight({ data: new Float32Array(6), shape: [2, 3] }, range([0, 0], [0, 0]), 'w');
    expect([...none.shift, ...none.scales.data].every((v) => v === 0)).toBe(true);
  });
});
