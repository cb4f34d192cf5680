import { describe, expect, it } from 'vitest';
import {
  add,
  average,
  concatenate,
  dense,
  dot,
  input,
  type Layer,
  load,
  type Model,
  maximum,
  minimum,
  model,
  multiply,
  type SymbolicTensor,
  sgd,
  subtract,
  tensor,
} from '../../../src/index.js';
import { giveWeights } from '../../harness/bits.js';
import { checkModel } from '../../harness/gradient.js';
import { expectInvariant } from '../../harness/layer-invariance.js';
import { testData } from '../../harness/random.js';

/**
 * Largest difference from f64 of predictions, loss and gradients, over the largest value. Measured: 4.8e-6, of the
 * gradient of a lone weight.
 */
const MAX_DIFFERENCE = 1.5e-5;

const SIZES = [1, 3, 4, 5, 17, 33];
const [N, T, F] = [4, 5, 3];

/** Branches of `count` dense layers on one input, joined by the layer, and a dense layer behind. */
function branches(layer: Layer, count: number, units: (i: number) => number, shape: number[]): Model {
  const x = input({ shape });
  const parts = Array.from({ length: count }, (_, i) =>
    dense({ units: units(i), activation: 'tanh' }).apply(x),
  );
  const net = model({
    inputs: x,
    outputs: dense({ units: 2 }).apply(layer.apply(parts)),
  }) as unknown as Model;
  giveWeights(net, count + shape.length);
  net.compile({ optimizer: sgd(), loss: 'meanSquaredError' });
  return net;
}

function worst(net: Model, shape: readonly number[]): number {
  const size = shape.reduce((a, b) => a * b, 1);
  const x = tensor(testData(size, N * size), [N, ...shape]);
  const out = net.predict(x).shape;
  const y = tensor(
    testData(
      size + 1,
      out.reduce((a, b) => a * b, 1),
    ),
    out,
  );
  const { forward, loss, gradients } = checkModel(net, x, y);
  return Math.max(forward, loss, ...Object.values(gradients));
}

const ELEMENTWISE: [string, () => Layer, number][] = [
  ['add', add, 3],
  ['subtract', subtract, 2],
  ['multiply', multiply, 3],
  ['average', average, 3],
  ['maximum', maximum, 3],
  ['minimum', minimum, 3],
];

describe.each(ELEMENTWISE)('%s', (_name, make, count) => {
  it.each(SIZES)('agrees with f64 on %i features', (units) => {
    expect(
      worst(
        branches(make(), count, () => units, [T, F]),
        [T, F],
      ),
    ).toBeLessThan(MAX_DIFFERENCE);
    expect(
      worst(
        branches(make(), 2, () => units, [F]),
        [F],
      ),
    ).toBeLessThan(MAX_DIFFERENCE);
  });

  it('takes the same value twice', () => {
    const x = input({ shape: [T, F] });
    const h = dense({ units: 3 }).apply(x);
    const net = model({ inputs: x, outputs: dense({ units: 2 }).apply(make().apply([h, h])) });
    net.compile({ optimizer: sgd(), loss: 'meanSquaredError' });
    expect(worst(net as unknown as Model, [T, F])).toBeLessThan(MAX_DIFFERENCE);
  });

  it('gives the same bits in any batch, as a stream and from a file', () => {
    const net = branches(make(), count, () => 5, [T, F]);
    const x = tensor(testData(8, N * T * F), [N, T, F]);
    expectInvariant(net, x, true);
    expect(load(net.save()).predict(x)).toEqual(net.predict(x));
  });
});

describe('maximum', () => {
  it('sends the gradient of equal values to the first', () => {
    const [a, b] = [input({ shape: [2] }), input({ shape: [2] })];
    const [p, q] = [a, b].map((x, i) =>
      dense({ units: 2, useBias: false, name: `d${i}`, kernelInitializer: 'identity' }).apply(x),
    );
    const net = model({ inputs: [a, b], outputs: maximum().apply([p, q]) });
    net.compile({ optimizer: sgd({ learningRate: 1 }), loss: 'meanSquaredError' });
    net.trainOnBatch([tensor([[1, 5]]), tensor([[1, 7]])], tensor([[0, 0]]));
    const weights = net.getWeights();
    // dy = 2 (1, 7) / 2 = (1, 7): the first reaches d0, the second d1.
    expect([...weights['d0.kernel'].data]).toEqual([0, 0, -5, 1]);
    expect([...weights['d1.kernel'].data]).toEqual([1, -7, 0, 1 - 49]);
  });
});

describe('concatenate', () => {
  it.each(SIZES)('agrees with f64 on %i features beside others', (units) => {
    const width = (i: number) => units + 2 * i;
    expect(worst(branches(concatenate(), 3, width, [T, F]), [T, F])).toBeLessThan(MAX_DIFFERENCE);
    expect(worst(branches(concatenate({ axis: 2 }), 2, width, [T, F]), [T, F])).toBeLessThan(MAX_DIFFERENCE);
    expect(worst(branches(concatenate({ axis: 1 }), 2, width, [F]), [F])).toBeLessThan(MAX_DIFFERENCE);
  });

  it('joins sequences in time, and the middle axis of three', () => {
    expect(
      worst(
        branches(concatenate({ axis: 1 }), 3, () => 4, [T, F]),
        [T, F],
      ),
    ).toBeLessThan(MAX_DIFFERENCE);
    expect(
      worst(
        branches(concatenate({ axis: -2 }), 2, () => 4, [T, 2, F]),
        [T, 2, F],
      ),
    ).toBeLessThan(MAX_DIFFERENCE);
  });

  it('gives the same bits in any batch and as a stream', () => {
    const x = tensor(testData(8, N * T * F), [N, T, F]);
    expectInvariant(
      branches(concatenate(), 3, (i) => 3 + i, [T, F]),
      x,
      true,
    );
    expectInvariant(
      branches(concatenate({ axis: 2 }), 2, (i) => 3 + i, [T, F]),
      x,
      true,
    );
    const deep = tensor(testData(9, N * T * 2 * F), [N, T, 2, F]);
    expectInvariant(
      branches(concatenate({ axis: 2 }), 2, () => 4, [T, 2, F]),
      deep,
      true,
    );
    expectInvariant(
      branches(concatenate({ axis: -1 }), 2, (i) => 4 + i, [T, 2, F]),
      deep,
      true,
    );
    expect(() => branches(concatenate({ axis: 1 }), 2, () => 4, [T, F]).stream()).toThrow(
      'concatenate cannot stream: it works along the time axis',
    );
  });
});

describe('dot', () => {
  it.each(SIZES)('agrees with f64 on %i features', (units) => {
    expect(
      worst(
        branches(dot({ axes: -1 }), 2, () => units, [T, F]),
        [T, F],
      ),
    ).toBeLessThan(MAX_DIFFERENCE);
    expect(
      worst(
        branches(dot({ axes: 1 }), 2, () => units, [F]),
        [F],
      ),
    ).toBeLessThan(MAX_DIFFERENCE);
  });

  it('takes sequences of two lengths', () => {
    const inputs = [input({ shape: [4, F] }), input({ shape: [6, F] })];
    const [a, c] = inputs.map((x) => dense({ units: 5 }).apply(x));
    const net = model({ inputs, outputs: dot({ axes: [2, 2] }).apply([a, c]) });
    net.compile({ optimizer: sgd(), loss: 'meanSquaredError' });
    const x = [tensor(testData(1, N * 4 * F), [N, 4, F]), tensor(testData(2, N * 6 * F), [N, 6, F])];
    const y = tensor(testData(3, N * 24), [N, 4, 6]);
    const { forward, loss, gradients } = checkModel(net as unknown as Model, x, y);
    expect(Math.max(forward, loss, ...Object.values(gradients))).toBeLessThan(MAX_DIFFERENCE);
    expect(() => net.stream()).toThrow();
  });
});

describe('what cannot be', () => {
  const on =
    (layer: Layer, ...shapes: (number | null)[][]) =>
    (): SymbolicTensor =>
      layer.apply(shapes.map((shape) => input({ shape })));

  it('names layer, argument, what was expected and what came', () => {
    expect(on(add(), [5, 3], [5, 4])).toThrow(
      'add: inputs have shapes [null, 5, 3], [null, 5, 4], expected equal shapes',
    );
    expect(on(add(), [5, 3])).toThrow('add: got 1 input, expected at least two');
    expect(on(subtract(), [3], [3], [3])).toThrow('subtract: got 3 inputs, expected 2');
    expect(on(maximum({ name: 'peak' }), [3], [5, 3])).toThrow('peak: inputs have shapes');
    expect(on(multiply(), [null, 3], [5, 3], [6, 3])).toThrow('expected equal shapes');
    expect(on(concatenate(), [5, 3], [6, 3])).toThrow('equal but for the axis of concatenation');
    expect(on(concatenate({ axis: 3 }), [5, 3], [5, 3])).toThrow(
      'axis is 3, the input has 2 beside the batch',
    );
    expect(() => concatenate({ axis: 0 })).toThrow('axis must be a whole number other than 0');
    expect(on(dot({ axes: 1 }), [5, 3], [5, 3])).toThrow('axes must be the last ones, -1 or 2, got 1, 1');
    expect(on(dot({ axes: -1 }), [5, 3], [5, 4])).toThrow('expected last axes of equal size');
    expect(() => dot({} as never)).toThrow('axes must be a whole number or two');
    expect(() => add({ axis: 1 } as never)).toThrow("unknown option 'axis'");
  });

  it('takes the length of time from the input that knows it', () => {
    expect(on(add(), [null, 3], [5, 3])().shape).toEqual([5, 3]);
    expect(on(concatenate(), [null, 3], [null, 4])().shape).toEqual([null, 7]);
    expect(on(concatenate({ axis: 1 }), [null, 3], [5, 3])().shape).toEqual([null, 3]);
  });
});
