import { describe, expect, it } from 'vitest';
import {
  adam,
  DataError,
  dense,
  dropout,
  FormatError,
  input,
  load,
  lstm,
  type Model,
  quantize,
  StateError,
  sequential,
  tensor,
  UnknownNameError,
  ValueError,
} from '../../src/index.js';
import { MAX_DEPTH, quantizeWeight } from '../../src/quantize/weights.js';
import { bitsOf } from '../harness/bits.js';
import { INT8_MODELS } from '../harness/int8-models.js';
import { testData } from '../harness/random.js';

/** Largest difference of an output from f32, over the largest output. Measured: 0.0107. */
const OUTPUT_BOUND = 0.015;

describe.each(INT8_MODELS)('$name, quantised', ({ make, data, streams }) => {
  const net = make();
  const before = net.fingerprint();
  const small = quantize(net);
  const x = data(5);
  const whole = small.predict(x);

  it('stays close to f32, and leaves the model as it was', () => {
    const exact = net.predict(x);
    expect(whole.shape).toEqual(exact.shape);
    const size = Math.max(...exact.data.map(Math.abs));
    const worst = Math.max(...exact.data.map((v, i) => Math.abs(v - whole.data[i])));
    expect(worst / size).toBeLessThan(OUTPUT_BOUND);
    expect(worst).toBeGreaterThan(0);
    expect(net.fingerprint()).toBe(before);
  });

  it('a sample has the same bits alone, in any batch, and among other samples', () => {
    for (const batchSize of [1, 2, 3, 4]) {
      expect(bitsOf(small.predict(x, { batchSize }).data)).toEqual(bitsOf(whole.data));
    }
    const many = small.predict(data(70), { batchSize: 70 });
    expect(bitsOf(many.data.subarray(0, whole.data.length))).toEqual(bitsOf(whole.data));
  });

  it('is saved in bytes, and comes back with every bit', () => {
    const bytes = small.save();
    const again = load(bytes);
    expect(again.fingerprint()).toBe(small.fingerprint());
    expect(bitsOf(again.predict(x).data)).toEqual(bitsOf(whole.data));
    expect(again.summary()).toBe(small.summary());
    const cut = bytes.slice(0, bytes.length - 40);
    expect(() => load(cut)).toThrow(FormatError);
  });

  it(streams ? 'a stream gives the bits of the whole sequence' : 'cannot stream, as before', () => {
    if (!streams) {
      expect(() => small.stream()).toThrow(/cannot stream/);
      return;
    }
    const perStep = whole.shape.length === 3;
    const width = whole.shape[whole.shape.length - 1];
    const features = x.shape.length === 3 ? x.shape[2] : 1;
    const stream = small.stream({ batchSize: 5 });
    for (let t = 0; t < x.shape[1]; t++) {
      const frame = Float32Array.from({ length: 5 * features }, (_, i) => {
        const sample = Math.floor(i / features);
        return x.data[(sample * x.shape[1] + t) * features + (i % features)];
      });
      const y = stream.step(frame).slice();
      if (!perStep && t < x.shape[1] - 1) continue;
      const want = Float32Array.from({ length: 5 * width }, (_, i) => {
        const row = Math.floor(i / width) * (perStep ? x.shape[1] : 1) + (perStep ? t : 0);
        return whole.data[row * width + (i % width)];
      });
      expect(bitsOf(y)).toEqual(bitsOf(want));
    }
  });

  it('gives and takes weights as they are', () => {
    const weights = small.getWeights();
    for (const [name, { data: values }] of Object.entries(weights)) {
      if (!(`${name}Scale` in weights)) continue;
      expect(values.every((v) => Number.isInteger(v) && Math.abs(v) <= 127)).toBe(true);
      expect(values.some((v) => Math.abs(v) === 127)).toBe(true);
    }
    const other = quantize(make());
    other.setWeights(weights);
    expect(other.fingerprint()).toBe(small.fingerprint());
  });
});

describe('quantizeWeight', () => {
  it.each(['columns', 'rows'] as const)('is within half a step of every weight, by %s', (scales) => {
    for (const [rows, columns] of [
      [1, 1],
      [5, 3],
      [33, 17],
    ]) {
      const given = { data: testData(rows, rows * columns, -2, 3), shape: [rows, columns] };
      const { values, scales: steps } = quantizeWeight(given, scales, 'w');
      expect(steps.shape).toEqual([scales === 'rows' ? rows : columns]);
      given.data.forEach((w, i) => {
        const step = steps.data[scales === 'rows' ? Math.floor(i / columns) : i % columns];
        expect(Math.abs(values.data[i] * step - w)).toBeLessThanOrEqual(0.5001 * step);
      });
    }
  });

  it('keeps a column of zeros', () => {
    const { values, scales } = quantizeWeight(
      { data: Float32Array.of(0, 1, 0, -2), shape: [2, 2] },
      'columns',
      'w',
    );
    expect([...values.data]).toEqual([0, 64, 0, -127]);
    expect([...scales.data]).toEqual([0, Math.fround(2 / 127)]);
  });
});

describe('a compiled model, quantised', () => {
  const x = tensor(testData(31, 40 * 6 * 2), [40, 6, 2]);
  const y = tensor(testData(32, 40), [40, 1]);
  const make = (): Model => {
    const net = sequential([input({ shape: [6, 2] }), lstm({ units: 8 }), dense({ units: 1 })], { seed: 5 });
    net.compile({ optimizer: adam({ learningRate: 0.01 }), loss: 'meanSquaredError', metrics: ['mae'] });
    return net;
  };

  it('evaluates without being compiled again, also after loading', async () => {
    const net = make();
    await net.fit(x, y, { epochs: 3, verbose: 0 });
    const small = quantize(net);
    const [before, after] = [net.evaluate(x, y), small.evaluate(x, y)];
    expect(Object.keys(after)).toEqual(['loss', 'mae']);
    expect(Math.abs(after.loss / before.loss - 1)).toBeLessThan(0.02);
    expect(load(small.save()).evaluate(x, y)).toEqual(after);
  });

  it('is about a quarter of the size', () => {
    const wide = sequential([input({ shape: [6, 64] }), lstm({ units: 128 }), dense({ units: 10 })]);
    const share = quantize(wide).save().length / wide.save().length;
    expect(share).toBeGreaterThan(0.25);
    expect(share).toBeLessThan(0.27);
  });

  it('refuses to be trained, and says which layer it is', async () => {
    const small = quantize(make());
    const message = /lstm is quantised to 8 bits and cannot be trained/;
    await expect(small.fit(x, y)).rejects.toThrow(message);
    expect(() => small.trainOnBatch(x, y)).toThrow(message);
    expect(() => small.memoryReport(8)).toThrow(StateError);
  });

  it('takes whole numbers for its weights only', () => {
    const small = quantize(make());
    const before = small.fingerprint();
    const kernel = small.getWeights()['lstm.kernel'];
    for (const bad of [0.5, 128, -128, Number.NaN]) {
      const data = kernel.data.slice();
      data[7] = bad;
      expect(() => small.setWeights({ 'lstm.kernel': tensor(data, kernel.shape) })).toThrow(DataError);
    }
    expect(small.fingerprint()).toBe(before);
  });

  it('keeps the layers named, and needs one that it does not keep', () => {
    const net = make();
    const small = quantize(net, { keep: ['dense'] });
    expect(Object.keys(small.getWeights())).toEqual([
      'lstm.kernel',
      'lstm.kernelScale',
      'lstm.recurrentKernel',
      'lstm.recurrentKernelScale',
      'lstm.bias',
      'dense.kernel',
      'dense.bias',
    ]);
    expect(small.getWeights()['dense.kernel']).toEqual(net.getWeights()['dense.kernel']);
    expect(() => quantize(net, { keep: ['dense', 'lstm'] })).toThrow(
      /no layer can be quantised.*named in keep/,
    );
    expect(() => quantize(net, { keep: ['lsmt'] })).toThrow(UnknownNameError);
    expect(() => quantize(net, { keeps: [] } as object)).toThrow(UnknownNameError);
  });

  it('is not quantised twice, nor are models without products', () => {
    expect(() => quantize(quantize(make()))).toThrow(ValueError);
    expect(() => quantize(sequential([input({ shape: [4] }), dropout({ rate: 0.5 })]))).toThrow(
      /none has weights/,
    );
    expect(() => quantize({} as Model)).toThrow(ValueError);
  });

  it('is not made from weights that are not finite', () => {
    const net = make();
    const data = testData(1, 64).map((v, i) => (i === 9 ? Number.POSITIVE_INFINITY : v));
    net.setWeights({ 'lstm.kernel': tensor(data, [2, 32]) });
    expect(() => quantize(net)).toThrow('quantize: lstm.kernel holds Infinity at position 9');
  });

  it('leaves products in f32 that are too deep for 32-bit sums', () => {
    const net = sequential([input({ shape: [MAX_DEPTH + 1] }), dense({ units: 1 }), dense({ units: 2 })]);
    expect(Object.keys(quantize(net).getWeights())).toEqual([
      'dense.kernel',
      'dense.bias',
      'dense_1.kernel',
      'dense_1.kernelScale',
      'dense_1.bias',
    ]);
  });
});
