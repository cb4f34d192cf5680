import { describe, expect, it } from 'vitest';
import {
  dense,
  input,
  load,
  type Model,
  type MultiHeadAttentionOptions,
  model,
  multiHeadAttention,
  type SymbolicTensor,
  sgd,
  type Tensor,
  tensor,
} from '../../../src/index.js';
import { bitsOf, giveWeights, samplesOf } from '../../harness/bits.js';
import { checkModel } from '../../harness/gradient.js';
import { expectInvariant } from '../../harness/layer-invariance.js';
import { testData } from '../../harness/random.js';

/** Largest difference from f64 of predictions, loss and gradients, over the largest value. Measured: 1e-6. */
const MAX_DIFFERENCE = 4e-6;
/** Largest gradient of a key's bias, which is 0: it adds the same to all scores of a query. Measured: 3.6e-8. */
const MAX_NOTHING = 1e-7;

const SIZES = [1, 3, 4, 5, 17, 33];
const B = 3;

interface Sizes {
  readonly T: number;
  readonly S?: number;
  readonly I?: number;
}

/** Attention between dense layers, so that gradients of all its inputs are seen in weights. */
function attending(options: MultiHeadAttentionOptions, inputs: 1 | 2 | 3, { T, S = T, I = 3 }: Sizes): Model {
  const query = input({ shape: [T, I] });
  const other = input({ shape: [S, 2] });
  const given = inputs === 1 ? [query] : [query, other];
  const before = (x: SymbolicTensor, units: number): SymbolicTensor =>
    dense({ units, activation: 'tanh' }).apply(x);
  const parts = [before(query, 3)];
  if (inputs > 1) parts.push(before(other, 4));
  if (inputs > 2) parts.push(before(other, 2));
  const outputs = multiHeadAttention({ biasInitializer: 'ones', ...options }).apply(parts);
  const net = model({ inputs: given, outputs }) as unknown as Model;
  giveWeights(net, T + inputs);
  net.compile({ optimizer: sgd(), loss: 'meanSquaredError' });
  return net;
}

function dataFor(net: Model, seed = 3, batch = B): { x: Tensor[]; y: Tensor } {
  const make = (shape: readonly (number | null)[], own: number): Tensor => {
    const whole = [batch, ...(shape as number[])];
    return tensor(
      testData(
        own,
        whole.reduce((a, b) => a * b, 1),
      ),
      whole,
    );
  };
  const x = net.graph.inputs.map(({ shape }, i) => make(shape, seed + i));
  return { x, y: make(net.graph.outputs[0].shape, seed + 9) };
}

function worst(net: Model, lengths?: readonly number[]): number {
  const { x, y } = dataFor(net);
  const found = checkModel(net, x.length === 1 ? x[0] : x, y, lengths);
  // Differences are over the largest value, or over 1e-3 where that is smaller.
  const { 'multiHeadAttention.keyBias': nothing = 0, ...gradients } = found.gradients;
  expect(nothing * 1e-3).toBeLessThan(MAX_NOTHING);
  return Math.max(found.forward, found.loss, ...Object.values(gradients));
}

describe('multiHeadAttention against f64', () => {
  for (const useCausalMask of [false, true]) {
    const kind = useCausalMask ? 'causal' : 'of all steps';
    it.each(SIZES)(`has outputs and gradients of itself, ${kind}, over %i steps`, (T) => {
      const net = attending({ numHeads: 2, keyDim: 3, valueDim: 2, useCausalMask }, 1, { T });
      expect(worst(net)).toBeLessThan(MAX_DIFFERENCE);
    });
  }

  it.each(SIZES)('has heads of size %i, without bias', (keyDim) => {
    const net = attending({ numHeads: 3, keyDim, useBias: false }, 1, { T: 4 });
    expect(worst(net)).toBeLessThan(MAX_DIFFERENCE);
  });

  it.each([
    [2, 5, 1],
    [2, 3, 33],
    [3, 1, 17],
    [3, 17, 4],
  ] as const)('takes %i inputs of %i queries and %i keys', (inputs, T, S) => {
    for (const useCausalMask of [false, true]) {
      const net = attending({ numHeads: 2, keyDim: 2, useCausalMask }, inputs, { T, S });
      expect(worst(net)).toBeLessThan(MAX_DIFFERENCE);
    }
  });

  it.each([false, true])('crosses blocks of keys and queries, causal: %s', (useCausalMask) => {
    for (const [T, S] of [
      [70, 131],
      [130, 66],
    ]) {
      const net = attending({ numHeads: 1, keyDim: 2, useCausalMask, useBias: false }, 2, { T, S, I: 1 });
      expect(worst(net)).toBeLessThan(MAX_DIFFERENCE);
    }
  });

  it.each([false, true])('does not see steps that do not count, causal: %s', (useCausalMask) => {
    const net = attending({ numHeads: 2, keyDim: 3, useCausalMask }, 1, { T: 9 });
    expect(worst(net, [9, 4, 1])).toBeLessThan(MAX_DIFFERENCE);
  });
});

describe('promises of multiHeadAttention', () => {
  it.each([false, true])('gives a sample the same bits in any batch, causal: %s', (useCausalMask) => {
    const net = attending({ numHeads: 2, keyDim: 5, useCausalMask }, 1, { T: 70 });
    expectInvariant(net, dataFor(net, 4, 5).x[0], false);
  });

  it('gives a causal step the same bits whether or not later steps are there', () => {
    const T = 133;
    const options = { numHeads: 2, keyDim: 5, useCausalMask: true };
    const whole = attending(options, 1, { T });
    const x = dataFor(whole).x[0];
    const all = whole.predict(x).data;
    for (const t of [1, 2, 5, 63, 64, 65, 127, 128, 130]) {
      const start = attending(options, 1, { T: t });
      start.setWeights(whole.getWeights());
      for (let s = 0; s < B; s++) {
        const first = samplesOf(x.data, B, s).subarray(0, 3 * t);
        const y = start.predict(tensor(first, [1, t, 3])).data;
        expect(bitsOf(y), `${t} steps`).toEqual(bitsOf(samplesOf(all, B, s).subarray(0, y.length)));
      }
    }
  });

  it('trains on after loading with the same bits, with dropout', () => {
    const net = attending({ numHeads: 2, keyDim: 3, dropout: 0.4 }, 1, { T: 5 });
    const { x, y } = dataFor(net);
    net.trainOnBatch(x[0], y);
    const again = load(net.save()) as unknown as Model;
    expect(again.trainOnBatch(x[0], y)).toEqual(net.trainOnBatch(x[0], y));
    expect(again.fingerprint()).toBe(net.fingerprint());
  });

  it('takes memory that grows with the length and not with its square', () => {
    const floats = (T: number): number => {
      const net = attending({ numHeads: 8, keyDim: 32 }, 1, { T, I: 256 });
      return net.memoryReport(1).workspace / 4;
    };
    const [short, middle, long] = [512, 2048, 8192].map(floats);
    expect(short).toBeLessThan(8 * 512 * 512);
    expect((long - middle) / (middle - short)).toBeCloseTo(4, 2);
  });

  it('refuses to stream what looks ahead', () => {
    const net = attending({ numHeads: 2, keyDim: 3 }, 1, { T: 4 });
    expect(() => net.stream()).toThrow(
      'multiHeadAttention cannot stream: a step looks at later ones; with useCausalMask: true it does not',
    );
  });
});

describe('what multiHeadAttention refuses', () => {
  const options = { numHeads: 2, keyDim: 3 };
  it.each([
    [{ ...options, numHeads: 0 }, 'numHeads must be a whole number of at least 1, got 0'],
    [{ ...options, keyDim: 0 }, 'keyDim must be a whole number of at least 1, got 0'],
    [{ ...options, keyDim: 2.5 }, 'keyDim must be a whole number of at least 1, got 2.5'],
    [{ ...options, valueDim: -1 }, 'valueDim must be a whole number of at least 1, got -1'],
    [{ ...options, dropout: 1 }, 'dropout must be a number from 0 to below 1, got 1'],
    [{ ...options, dropout: Number.NaN }, 'dropout must be a number from 0 to below 1, got NaN'],
    [{ ...options, useBias: 1 }, 'useBias must be true or false, got 1'],
    [{ ...options, useCausalMask: 'yes' }, 'useCausalMask must be true or false'],
    [{ ...options, heads: 2 }, 'heads'],
  ])('the options %j', (given, message) => {
    expect(() => multiHeadAttention(given as never)).toThrow(message);
  });

  it('inputs that are no sequences, keys that are not as many as values, a fourth input', () => {
    const layer = multiHeadAttention(options);
    const x = input({ shape: [4, 3] });
    expect(() => layer.apply([input({ shape: [3] })])).toThrow(
      'multiHeadAttention: inputs have shapes [null, 3], expected sequences [batch, time, features]',
    );
    expect(() => layer.apply([x, x, input({ shape: [5, 3] })])).toThrow(
      'inputs have shapes [null, 4, 3] and [null, 4, 3] and [null, 5, 3], expected keys (the third) as',
    );
    expect(() => layer.apply([x, x, x, x])).toThrow('multiHeadAttention: has 4 inputs');
  });
});
