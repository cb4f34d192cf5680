import { describe, expect, it } from 'vitest';
import {
  combine,
  dense,
  input,
  type Layer,
  learnedVector,
  load,
  lstm,
  type Model,
  matmul,
  model,
  type OperationName,
  operand,
  permute,
  pointwise,
  type ReductionName,
  reduce,
  reshape,
  type SymbolicTensor,
  sgd,
  tensor,
  UnknownNameError,
  ValueError,
} from '../../../src/index.js';
import { FUNCTION_NAMES, type FunctionName } from '../../../src/layers/arithmetic/functions.js';
import { giveWeights } from '../../harness/bits.js';
import { checkModel } from '../../harness/gradient.js';
import { expectInvariant } from '../../harness/layer-invariance.js';
import { testData } from '../../harness/random.js';

/**
 * Largest difference from f64 of predictions, loss and gradients, over the largest value. Measured: 1.9e-5, of the
 * gradient of a lone weight.
 */
const MAX_DIFFERENCE = 5e-5;

const SIZES = [1, 3, 4, 5, 17, 33];
const [N, T] = [2, 3];

/** A model of the layers that `build` puts between dense layers. */
function net(shape: number[], build: (x: SymbolicTensor) => SymbolicTensor, units: number): Model {
  const x = input({ shape });
  const h = dense({ units, activation: 'tanh' }).apply(x);
  const made = model({ inputs: x, outputs: dense({ units: 2 }).apply(build(h)) }) as unknown as Model;
  giveWeights(made, shape.length + units);
  made.compile({ optimizer: sgd(), loss: 'meanSquaredError' });
  return made;
}

function worst(made: Model, shape: readonly number[]): number {
  const size = shape.reduce((a, b) => a * b, 1);
  const x = tensor(testData(size, N * size), [N, ...shape]);
  const out = made.predict(x).shape;
  const count = out.reduce((a, b) => a * b, 1);
  const { forward, loss, gradients } = checkModel(made, x, tensor(testData(size + 1, count), out));
  return Math.max(forward, loss, ...Object.values(gradients));
}

/** Numbers of each function, and what brings tanh's outputs to where it is defined. */
const CASES: Readonly<Record<FunctionName, { alpha?: number; beta?: number; shift?: number }>> = {
  affine: { alpha: 0.7, beta: -0.2 },
  clip: { alpha: -0.3, beta: 0.4 },
  abs: {},
  sqrt: { shift: 1.5 },
  reciprocal: { shift: 2 },
  power: { alpha: 3 },
  log: { shift: 1.5 },
  erf: {},
  leakyRelu: { alpha: 0.1 },
  elu: { alpha: 0.8 },
  thresholdedRelu: { alpha: 0.1 },
  hardSigmoid: { alpha: 0.9, beta: 0.4 },
  geluTanh: {},
  sign: {},
  floor: {},
  ceil: {},
  round: {},
};

const withNumbers = (name: FunctionName): [Layer, number] => {
  const { alpha, beta, shift = 0 } = CASES[name];
  return [
    pointwise({ function: name, ...(alpha !== undefined && { alpha }), ...(beta !== undefined && { beta }) }),
    shift,
  ];
};

describe.each(FUNCTION_NAMES)('pointwise %s', (name) => {
  const build = (x: SymbolicTensor): SymbolicTensor => {
    const [layer, shift] = withNumbers(name);
    return layer.apply(pointwise({ function: 'affine', beta: shift }).apply(x));
  };

  it.each(SIZES)('agrees with f64 on %i features', (units) => {
    expect(worst(net([T, 3], build, units), [T, 3])).toBeLessThan(MAX_DIFFERENCE);
  });

  it('gives the same bits in any batch, as a stream and from a file', () => {
    const made = net([T, 3], build, 5);
    const x = tensor(testData(8, N * T * 3), [N, T, 3]);
    expectInvariant(made, x, true);
    expect(load(made.save()).predict(x)).toEqual(made.predict(x));
  });
});

describe('pointwise', () => {
  it.each([-2, -1, 0, 2, 2.5, -0.5, 11])('power %f agrees with f64', (alpha) => {
    const build = (x: SymbolicTensor) =>
      pointwise({ function: 'power', alpha }).apply(pointwise({ function: 'affine', beta: 1.6 }).apply(x));
    expect(worst(net([T, 3], build, 5), [T, 3])).toBeLessThan(MAX_DIFFERENCE);
  });

  it('checks its numbers', () => {
    expect(() => pointwise({ function: 'odd' as FunctionName })).toThrow(UnknownNameError);
    expect(() => pointwise({ function: 'power' })).toThrow(
      "pointwise: alpha must be given for the function 'power'",
    );
    expect(() => pointwise({ function: 'abs', alpha: 1 })).toThrow(
      "pointwise: alpha of 'abs' must be left out",
    );
    expect(() => pointwise({ function: 'clip', alpha: Number.NaN })).toThrow(ValueError);
  });
});

const OPERATIONS: OperationName[] = ['add', 'subtract', 'multiply', 'divide', 'maximum', 'minimum'];

/** Away from zero, so that quotients and their gradients are of ordinary size. */
const away = (x: SymbolicTensor): SymbolicTensor => pointwise({ function: 'affine', beta: 2 }).apply(x);

describe.each(OPERATIONS)('combine and operand %s', (operation) => {
  const halves = (x: SymbolicTensor, units: number) => [
    dense({ units, activation: 'tanh', name: 'a' }).apply(x),
    away(dense({ units, activation: 'tanh', name: 'b' }).apply(x)),
  ];

  it.each(SIZES)('agrees with f64 on %i features', (units) => {
    const equal = net([T, 3], (x) => combine({ operation }).apply(halves(x, units)), units);
    expect(worst(equal, [T, 3])).toBeLessThan(MAX_DIFFERENCE);
    const weight = net(
      [T, 3],
      (x) => away(operand({ operation, shape: [1, units], first: true }).apply(away(x))),
      units,
    );
    expect(worst(weight, [T, 3])).toBeLessThan(MAX_DIFFERENCE);
    const flat = net([3], (x) => operand({ operation, shape: [units] }).apply(x), units);
    giveWeights(flat, 2);
    expect(worst(flat, [3])).toBeLessThan(operation === 'divide' ? 1e-3 : MAX_DIFFERENCE);
  });

  it('repeats axes of size 1 on either side', () => {
    const build = (x: SymbolicTensor) => {
      const [a, b] = halves(x, 4);
      const one = reduce({ operation: 'mean', axis: 1 }).apply(b);
      const narrow = dense({ units: 1, name: 'c' }).apply(a);
      return combine({ operation }).apply([combine({ operation: 'add' }).apply([narrow, one]), away(b)]);
    };
    expect(worst(net([T, 3], build, 4), [T, 3])).toBeLessThan(MAX_DIFFERENCE);
    const three = (x: SymbolicTensor) => {
      const [a, b] = halves(x, 6);
      const [p, q] = [a, b].map((v) => reshape({ targetShape: [T, 2, 3] }).apply(v));
      return combine({ operation }).apply([p, reduce({ operation: 'max', axis: 2 }).apply(q)]);
    };
    expect(worst(net([T, 3], three, 4), [T, 3])).toBeLessThan(MAX_DIFFERENCE);
  });

  it('gives the same bits in any batch, as a stream and from a file', () => {
    const made = net(
      [T, 3],
      (x) => operand({ operation, shape: [1, 1] }).apply(combine({ operation }).apply(halves(x, 5))),
      5,
    );
    const x = tensor(testData(8, N * T * 3), [N, T, 3]);
    expectInvariant(made, x, true);
    expect(load(made.save()).predict(x)).toEqual(made.predict(x));
  });
});

describe.each(['sum', 'mean', 'max', 'min', 'product'] as ReductionName[])('reduce %s', (operation) => {
  it.each(SIZES)('agrees with f64 on %i features', (units) => {
    for (const axis of [1, 2, -1]) {
      const made = net([T, 3], (x) => reduce({ operation, axis }).apply(x), units);
      expect(worst(made, [T, 3]), `axis ${axis}`).toBeLessThan(MAX_DIFFERENCE);
    }
    expect(
      worst(
        net([3], (x) => reduce({ operation }).apply(x), units),
        [3],
      ),
    ).toBeLessThan(MAX_DIFFERENCE);
  });

  it('gives the same bits in any batch and as a stream', () => {
    const made = net([T, 3], (x) => reduce({ operation }).apply(x), 5);
    expectInvariant(made, tensor(testData(8, N * T * 3), [N, T, 3]), true);
  });
});

describe('matmul', () => {
  it.each(SIZES)('agrees with f64 on %i features', (units) => {
    const square = (x: SymbolicTensor) => matmul().apply([x, permute({ dims: [2, 1] }).apply(x)]);
    expect(worst(net([T, 3], square, units), [T, 3])).toBeLessThan(MAX_DIFFERENCE);
    const heads = (x: SymbolicTensor) => {
      const apart = permute({ dims: [2, 1, 3] }).apply(reshape({ targetShape: [T, 2, units] }).apply(x));
      const turned = permute({ dims: [1, 3, 2] }).apply(apart);
      return matmul().apply([matmul().apply([apart, turned]), apart]);
    };
    expect(worst(net([T, 3], heads, 2 * units), [T, 3])).toBeLessThan(MAX_DIFFERENCE);
  });

  it('gives the same bits in any batch', () => {
    const made = net([T, 3], (x) => matmul().apply([x, permute({ dims: [2, 1] }).apply(x)]), 17);
    expectInvariant(made, tensor(testData(8, N * T * 3), [N, T, 3]), false);
  });

  it('says which shapes it takes', () => {
    const [a, b] = [input({ shape: [2, 3] }), input({ shape: [4, 2] })];
    expect(() => matmul().apply([a, b])).toThrow(
      'matmul: inputs have shapes [null, 2, 3] and [null, 4, 2], expected [batch, M, K] and [batch, K, N]',
    );
  });
});

describe('learnedVector', () => {
  it('is an initial state that trains', () => {
    const x = input({ shape: [T, 3] });
    const states = ['h', 'c'].map((name) => learnedVector({ units: 4, name }).apply(x));
    const h = lstm({ units: 4 }).apply(x, { initialState: states });
    const made = model({ inputs: x, outputs: dense({ units: 2 }).apply(h) }) as unknown as Model;
    giveWeights(made, 3);
    made.compile({ optimizer: sgd({ learningRate: 0.1 }), loss: 'meanSquaredError' });
    expect(worst(made, [T, 3])).toBeLessThan(MAX_DIFFERENCE);
    const before = made.getWeights()['h.vector'].data.slice();
    made.trainOnBatch(tensor(testData(1, N * T * 3), [N, T, 3]), tensor(testData(2, N * 2), [N, 2]));
    expect(made.getWeights()['h.vector'].data).not.toEqual(before);
  });
});
