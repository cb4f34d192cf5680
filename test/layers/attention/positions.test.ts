import { describe, expect, it } from 'vitest';
import {
  add,
  dense,
  input,
  type Layer,
  type Model,
  model,
  positionEmbedding,
  reshape,
  rotaryEmbedding,
  sequential,
  sgd,
  sinePositionEncoding,
  tensor,
} from '../../../src/index.js';
import { giveWeights } from '../../harness/bits.js';
import { checkModel } from '../../harness/gradient.js';
import { testData } from '../../harness/random.js';

/** Largest difference from f64 of predictions, loss and gradients, over the largest value. Measured: 4.1e-7. */
const MAX_DIFFERENCE = 2e-6;

const B = 3;

/** What a layer makes of the output of a dense one, added to that. */
function positioned(layer: Layer, T: number, D: number): Model {
  const x = input({ shape: [T, 2] });
  const before = dense({ units: D, activation: 'tanh' }).apply(x);
  const net = model({ inputs: x, outputs: add().apply([before, layer.apply(before)]) }) as unknown as Model;
  giveWeights(net, T + D);
  net.compile({ optimizer: sgd(), loss: 'meanSquaredError' });
  return net;
}

function worst(layer: Layer, T: number, D: number): number {
  const x = tensor(testData(T, B * T * 2), [B, T, 2]);
  const y = tensor(testData(D, B * T * D), [B, T, D]);
  const { forward, loss, gradients } = checkModel(positioned(layer, T, D), x, y);
  return Math.max(forward, loss, ...Object.values(gradients));
}

describe.each([1, 3, 4, 5, 17, 33])('positions of %i steps', (T) => {
  it.each([2, 4, 6, 34])('have the outputs and gradients of f64, %i features', (D) => {
    expect(worst(sinePositionEncoding(), T, D)).toBeLessThan(MAX_DIFFERENCE);
    expect(worst(sinePositionEncoding({ maxWavelength: 70 }), T, D + 1)).toBeLessThan(MAX_DIFFERENCE);
    expect(worst(positionEmbedding({ sequenceLength: T + 2 }), T, D)).toBeLessThan(MAX_DIFFERENCE);
    expect(worst(rotaryEmbedding(), T, D)).toBeLessThan(MAX_DIFFERENCE);
    expect(worst(rotaryEmbedding({ maxWavelength: 9, scalingFactor: 3 }), T, D)).toBeLessThan(MAX_DIFFERENCE);
  });
});

it('turns each head of a step alike', () => {
  const x = tensor(testData(1, 2 * 5 * 12), [2, 5, 12]);
  const net = (shape: number[]) =>
    sequential([input({ shape: [5, 12] }), reshape({ targetShape: shape }), rotaryEmbedding()]);
  const heads = net([5, 3, 4]).predict(x).data;
  for (const n of [0, 1, 2]) {
    const own = Float32Array.from(
      { length: 2 * 5 * 4 },
      (_, i) => x.data[Math.floor(i / 4) * 12 + 4 * n + (i % 4)],
    );
    const alone = sequential([input({ shape: [5, 4] }), rotaryEmbedding()]).predict(
      tensor(own, [2, 5, 4]),
    ).data;
    alone.forEach((v, i) => {
      expect(heads[Math.floor(i / 4) * 12 + 4 * n + (i % 4)]).toBe(v);
    });
  }
});

it('has sines of far steps to the last digits of f32', () => {
  const T = 8192;
  const net = sequential([input({ shape: [T, 2] }), sinePositionEncoding()]);
  const { data } = net.predict(tensor(new Float32Array(2 * T), [1, T, 2]));
  for (const t of [1, 355, 4711, 8191]) {
    expect(Math.abs(data[2 * t] - Math.sin(t))).toBeLessThan(6e-8);
    expect(Math.abs(data[2 * t + 1] - Math.cos(t))).toBeLessThan(6e-8);
  }
});

describe('what positions refuse', () => {
  it('options out of range', () => {
    expect(() => sinePositionEncoding({ maxWavelength: -1 })).toThrow(
      'sinePositionEncoding: maxWavelength must be a finite number above 0, got -1',
    );
    expect(() => positionEmbedding({ sequenceLength: 0 })).toThrow(
      'positionEmbedding: sequenceLength must be a whole number of at least 1, got 0',
    );
    expect(() => rotaryEmbedding({ scalingFactor: Number.NaN })).toThrow(
      'rotaryEmbedding: scalingFactor must be',
    );
    expect(() => rotaryEmbedding({ wavelength: 3 } as never)).toThrow("unknown option 'wavelength'");
  });

  it('inputs of other shapes', () => {
    expect(() => sinePositionEncoding().apply(input({ shape: [3] }))).toThrow('expected a sequence');
    expect(() => rotaryEmbedding().apply(input({ shape: [4, 3] }))).toThrow('an even number of features');
    expect(() => positionEmbedding({ sequenceLength: 3 }).apply(input({ shape: [4, 3] }))).toThrow(
      'positionEmbedding: input has shape [null, 4, 3], expected at most 3 steps',
    );
    const net = sequential([input({ shape: [null, 3] }), positionEmbedding({ sequenceLength: 3 })]);
    expect(() => net.predict(tensor(testData(1, 12), [1, 4, 3]))).toThrow('expected at most 3 steps');
  });
});
