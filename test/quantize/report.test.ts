import { describe, expect, it } from 'vitest';
import {
  adam,
  dense,
  dropout,
  input,
  l2,
  layerNormalization,
  lstm,
  type Model,
  model,
  quantizationReport,
  quantize,
  ShapeError,
  StateError,
  sequential,
  tensor,
  ValueError,
} from '../../src/index.js';
import { bitsOf } from '../harness/bits.js';
import { testData, testRandom } from '../harness/random.js';

/** What 8 bits may cost of a trained classifier's accuracy. Measured: 0.0. */
const ACCURACY_LOSS = 0.02;

/** Which of three waves a noisy sequence is. */
function waves(seed: number, count: number) {
  const next = testRandom(seed);
  const x = new Float32Array(count * 16);
  const y = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    y[i] = i % 3;
    const phase = 6 * next();
    for (let t = 0; t < 16; t++) {
      x[16 * i + t] = Math.sin(phase + t * (0.3 + 0.4 * y[i])) + 2.4 * (next() - 0.5);
    }
  }
  return { x: tensor(x, [count, 16, 1]), y: tensor(y, [count, 1]) };
}

const classifier = (): Model => {
  const net = sequential(
    [
      input({ shape: [16, 1] }),
      lstm({ units: 24 }),
      layerNormalization(),
      dropout({ rate: 0.1 }),
      dense({ units: 3, activation: 'softmax', kernelRegularizer: l2({ l2: 0.01 }) }),
    ],
    { seed: 9 },
  );
  net.compile({
    optimizer: adam({ learningRate: 0.01 }),
    loss: 'sparseCategoricalCrossentropy',
    metrics: ['accuracy'],
  });
  return net;
};

describe('quantizationReport', () => {
  it('shows that a trained classifier keeps its accuracy', async () => {
    const net = classifier();
    const train = waves(1, 240);
    await net.fit(train.x, train.y, { epochs: 12, verbose: 0 });
    const test = waves(2, 300);
    for (const small of [quantize(net), quantize(net, { calibration: train.x })]) {
      const report = quantizationReport(net, small, test.x, test.y);
      expect(report.metrics?.accuracy.before).toBeGreaterThan(0.85);
      expect(report.metrics?.accuracy.after).toBeGreaterThan(
        (report.metrics?.accuracy.before ?? 1) - ACCURACY_LOSS,
      );
      expect(report.metrics?.accuracy.after).toBe(small.evaluate(test.x, test.y).accuracy);
      const [{ name, sameClass, largest, mean, size }] = report.outputs;
      expect([name, size]).toEqual(['dense', expect.closeTo(1, 1)]);
      expect(sameClass).toBeGreaterThan(0.97);
      expect(largest).toBeGreaterThan(mean);
    }
  });

  it('counts bytes layer by layer, and says why a layer stayed as it was', () => {
    const net = classifier();
    const report = quantizationReport(net, quantize(net, { keep: ['dense'] }), waves(3, 4).x);
    expect(report.metrics).toBeNull();
    const kernels = 96 + 24 * 96;
    expect(report.layers).toEqual([
      {
        name: 'lstm',
        type: 'lstmInt8',
        weights: 'int8',
        reason: '',
        before: 4 * (kernels + 96),
        after: kernels + 4 * 3 * 96,
      },
      {
        name: 'layerNormalization',
        type: 'layerNormalization',
        weights: 'float32',
        reason: 'layerNormalization has no 8-bit form',
        before: 192,
        after: 192,
      },
      { name: 'dropout', type: 'dropout', weights: 'none', reason: '', before: 0, after: 0 },
      { name: 'dense', type: 'dense', weights: 'float32', reason: 'named in keep', before: 300, after: 300 },
    ]);
    const lines = String(report).split('\n');
    expect(lines[0]).toMatch(/^Layer \(type\) +Weights +Before +After$/);
    expect(lines).toContainEqual(
      expect.stringMatching(/^dense \(dense\) +float32 +300 B +300 B +named in keep$/),
    );
    expect(lines.at(-1)).toMatch(/^Output dense: differs by .* same class for .* % of rows$/);
  });

  it('measures the outputs as they are', () => {
    const net = classifier();
    const small = quantize(net);
    const { x, y } = waves(4, 21);
    const [a, b] = [net.predict(x).data, small.predict(x).data];
    const differences = [...a].map((v, i) => Math.abs(v - b[i]));
    const { outputs, metrics } = quantizationReport(net, small, x, y, { batchSize: 5 });
    expect(outputs[0].largest).toBe(Math.max(...differences));
    expect(outputs[0].mean).toBeCloseTo(differences.reduce((sum, v) => sum + v, 0) / a.length, 12);
    // The penalty on the f32 kernel is no part of the comparison.
    expect(metrics?.loss.before).toBeLessThan(net.evaluate(x, y).loss - 0.01);
    expect(Math.abs((metrics?.loss.after ?? 0) / (metrics?.loss.before ?? 1) - 1)).toBeLessThan(0.01);
  });

  it('takes models with several outputs, and stateful ones from zero', () => {
    const x = input({ shape: [4, 2] });
    const h = lstm({ units: 5, stateful: true }).apply(x);
    const net = model({ inputs: x, outputs: [dense({ units: 1, name: 'one' }).apply(h), h] });
    const data = tensor(testData(5, 6 * 8), [6, 4, 2]);
    const small = quantize(net);
    const first = quantizationReport(net, small, data, undefined, { batchSize: 6 });
    expect(first.outputs.map(({ name, sameClass }) => [name, sameClass === null])).toEqual([
      ['one', true],
      ['lstm', false],
    ]);
    const before = small.predict(data, { batchSize: 6 })[1].data;
    expect(quantizationReport(net, small, data, undefined, { batchSize: 6 }).outputs).toEqual(first.outputs);
    const after = small.predict(data, { batchSize: 6 })[1].data;
    expect(bitsOf(after)).not.toEqual(bitsOf(before));
  });

  it('refuses what does not belong together', () => {
    const net = classifier();
    const small = quantize(net);
    const { x, y } = waves(6, 3);
    expect(() => quantizationReport(small, net, x)).toThrow(ValueError);
    expect(() => quantizationReport(net, net, x)).toThrow(/got layers .* \(in f32\)/);
    expect(() => quantizationReport(net, {} as Model, x)).toThrow(ValueError);
    expect(() => quantizationReport(net, small, tensor([], [0, 16, 1]))).toThrow(ShapeError);
    expect(() => quantizationReport(net, small, x, y, { batch: 3 } as object)).toThrow(
      /unknown option 'batch'/,
    );
    const plain = sequential([input({ shape: [16, 1] }), lstm({ units: 2 }), dense({ units: 3 })]);
    expect(() => quantizationReport(plain, quantize(plain), x, y)).toThrow(StateError);
  });
});
