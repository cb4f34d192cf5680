import { describe, expect, it } from 'vitest';
import {
  dense,
  input,
  load,
  type Model,
  type MultiHeadAttentionOptions,
  model,
  multiHeadAttention,
  sgd,
  type Tensor,
  tensor,
} from '../../../src/index.js';
import { bitsOf, giveWeights } from '../../harness/bits.js';
import { checkModel } from '../../harness/gradient.js';
import { testData } from '../../harness/random.js';
import { referenceForward, type Value, weightsOf } from '../../harness/reference/network.js';

/** Largest difference from f64 of predictions, loss and gradients, over the largest value. Measured: 2.7e-6. */
const MAX_DIFFERENCE = 5e-6;
/** The same of probabilities. Measured: below 1e-7. */
const MAX_SCORES = 5e-7;

const [B, F] = [3, 4];

interface Sizes {
  readonly T: number;
  readonly S?: number;
}

/** Attention to itself, or to another input where S is given, behind dense layers; a mask of pairs as last input. */
function attending(options: MultiHeadAttentionOptions, { T, S }: Sizes): Model {
  const inputs = [input({ shape: [T, F] }), ...(S === undefined ? [] : [input({ shape: [S, F] })])];
  const parts = inputs.map((x) => dense({ units: 3, activation: 'tanh' }).apply(x));
  const pairs = options.useAttentionMask ? [input({ shape: [T, S ?? T] })] : [];
  const layer = multiHeadAttention({ biasInitializer: 'ones', ...options });
  const net = model({ inputs: [...inputs, ...pairs], outputs: layer.applyAll([...parts, ...pairs]) });
  giveWeights(net as unknown as Model, T + (S ?? 0));
  if (!options.returnAttentionScores) net.compile({ optimizer: sgd(), loss: 'meanSquaredError' });
  return net as unknown as Model;
}

const drawn = (seed: number, shape: readonly number[]): Tensor =>
  tensor(
    testData(
      seed,
      shape.reduce((a, b) => a * b, 1),
    ),
    shape,
  );

/** 1 and 0 in no order; one query of the second sample sees nothing. */
function pairMask(T: number, S: number): Tensor {
  const data = testData(77, B * T * S).map((v, i) =>
    Math.floor(i / S) === T ? 0 : v > -0.2 || i % S === 0 ? 1 : 0,
  );
  return tensor(data, [B, T, S]);
}

function worst(options: MultiHeadAttentionOptions, sizes: Sizes): number {
  const net = attending(options, sizes);
  const { T, S } = sizes;
  const given = [T, ...(S === undefined ? [] : [S])].map((steps, i) => drawn(3 + i, [B, steps, F]));
  if (options.useAttentionMask) given.push(pairMask(T, S ?? T));
  const y = drawn(9, [B, ...(net.graph.outputs[0].shape as number[])]);
  const { forward, loss, gradients } = checkModel(net, given.length === 1 ? given[0] : given, y);
  const { 'multiHeadAttention.keyBias': _nothing, ...others } = gradients;
  return Math.max(forward, loss, ...Object.values(others));
}

const heads = { numHeads: 2, keyDim: 4 };

describe('options of multiHeadAttention against f64', () => {
  it.each([1, 3, 4, 5, 17, 33])('a mask of pairs, %i steps', (T) => {
    const options = { ...heads, useAttentionMask: true };
    expect(worst(options, { T })).toBeLessThan(MAX_DIFFERENCE);
    expect(worst({ ...options, useCausalMask: true, useBias: false }, { T })).toBeLessThan(MAX_DIFFERENCE);
  });

  it('a mask of pairs of unequal lengths, over blocks', () => {
    const options = { numHeads: 1, keyDim: 2, useAttentionMask: true, useBias: false };
    expect(worst(options, { T: 5, S: 67 })).toBeLessThan(MAX_DIFFERENCE);
    expect(worst(options, { T: 67, S: 3 })).toBeLessThan(MAX_DIFFERENCE);
  });

  it.each([
    [5, 1],
    [5, 3],
    [33, 40],
    [70, 5],
    [70, 66],
  ])('%i steps of which each sees the last %i', (T, slidingWindow) => {
    const options = { numHeads: 1, keyDim: 2, useCausalMask: true, slidingWindow, useBias: false };
    // A step that sees itself alone has weight 1 whatever the scores: their gradients are nothing but rounding.
    const bound = slidingWindow === 1 ? 1e-4 : MAX_DIFFERENCE;
    expect(worst(options, { T })).toBeLessThan(bound);
  });

  it.each([2, 4, 6, 10, 34])('queries and keys of size %i turned by their steps', (keyDim) => {
    for (const useCausalMask of [false, true]) {
      expect(worst({ numHeads: 2, keyDim, rotary: true, useCausalMask }, { T: 7 })).toBeLessThan(
        MAX_DIFFERENCE,
      );
    }
    const rotary = { maxWavelength: 50, scalingFactor: 2 };
    expect(worst({ numHeads: 1, keyDim, rotary }, { T: 3, S: 5 })).toBeLessThan(MAX_DIFFERENCE);
  });

  it.each([1, 5, 17])('%i features of the output', (outputShape) => {
    expect(worst({ ...heads, valueDim: 3, outputShape }, { T: 4 })).toBeLessThan(MAX_DIFFERENCE);
  });
});

describe('scores returned by multiHeadAttention', () => {
  it.each([
    [4, undefined, {}],
    [17, undefined, { useCausalMask: true }],
    [70, undefined, { useCausalMask: true, slidingWindow: 9 }],
    [3, 67, { useAttentionMask: true, rotary: true }],
  ] as const)('%i steps, other %s, %j', (T, S, more) => {
    const net = attending({ ...heads, ...more, returnAttentionScores: true }, { T, S });
    const given = [T, ...(S === undefined ? [] : [S])].map((steps, i) => drawn(3 + i, [B, steps, F]));
    if ('useAttentionMask' in more) given.push(pairMask(T, S ?? T));
    const [, scores] = net.predict(given.length === 1 ? given[0] : given) as unknown as Tensor[];
    const widened = given.map(({ data, shape }): Value => ({ data: Float64Array.from(data), shape }));
    const [, expected] = referenceForward(net, weightsOf(net), widened);
    expect(scores.shape).toEqual([B, 2, T, S ?? T]);
    scores.data.forEach((p, i) => {
      expect(Math.abs(p - expected.data[i])).toBeLessThan(MAX_SCORES);
    });
  });

  it('leaves the output as it is, trains without them, and refuses a loss on them', () => {
    const x = drawn(3, [B, 5, F]);
    const layer = (returnAttentionScores: boolean) => multiHeadAttention({ ...heads, returnAttentionScores });
    const inputs = input({ shape: [5, F] });
    const [y, scores] = layer(true).applyAll(inputs);
    const plain = model({ inputs, outputs: layer(false).apply(inputs), seed: 4 });
    const looking = model({ inputs, outputs: y, seed: 4 });
    for (const net of [plain, looking]) net.compile({ optimizer: sgd(), loss: 'meanSquaredError' });
    const target = drawn(8, [B, 5, F]);
    expect(looking.trainOnBatch(x, target)).toEqual(plain.trainOnBatch(x, target));
    expect(bitsOf(looking.predict(x).data)).toEqual(bitsOf(plain.predict(x).data));
    const both = model({ inputs, outputs: [y, scores] });
    both.compile({ optimizer: sgd(), loss: ['meanSquaredError', 'meanSquaredError'] });
    const targets = [target, drawn(9, [B, 2, 5, 5])];
    expect(() => both.trainOnBatch(x, targets)).toThrow(
      'multiHeadAttention: the attention scores are to look at, no loss may depend on them',
    );
  });
});

it('keeps all options in files', () => {
  const more = { useCausalMask: true, slidingWindow: 3, rotary: { maxWavelength: 20 }, outputShape: 6 };
  const net = attending({ ...heads, ...more, useAttentionMask: true }, { T: 6 });
  const given = [drawn(3, [B, 6, F]), pairMask(6, 6)];
  const again = load(net.save()) as unknown as Model;
  expect(bitsOf(again.predict(given).data)).toEqual(bitsOf(net.predict(given).data));
});

describe('what multiHeadAttention refuses', () => {
  it.each([
    [{ slidingWindow: 3 }, 'multiHeadAttention: slidingWindow needs useCausalMask: true'],
    [{ useCausalMask: true, slidingWindow: 0 }, 'slidingWindow must be a whole number of at least 1, got 0'],
    [{ keyDim: 3, rotary: true }, 'rotary turns pairs of elements, keyDim must be even, got 3'],
    [{ rotary: 3 }, 'multiHeadAttention: rotary must be true, false or options, got 3'],
    [{ rotary: { maxWavelength: 0 } }, 'rotary: maxWavelength must be a finite number above 0, got 0'],
    [{ outputShape: 2.5 }, 'outputShape must be a whole number of at least 1, got 2.5'],
    [{ useAttentionMask: 1 }, 'useAttentionMask must be true or false, got 1'],
    [{ returnAttentionScores: 'yes' }, 'returnAttentionScores must be true or false'],
  ])('the options %j', (options, message) => {
    expect(() => multiHeadAttention({ ...heads, ...(options as object) })).toThrow(message);
  });

  it('masks of another shape than queries by keys, or none where it is to have one', () => {
    const layer = multiHeadAttention({ ...heads, useAttentionMask: true });
    const [x, other] = [input({ shape: [4, 3] }), input({ shape: [5, 3] })];
    expect(() => layer.apply([x])).toThrow(
      'multiHeadAttention: inputs have shapes [null, 4, 3], expected a mask',
    );
    expect(() => layer.apply([x, input({ shape: [4, 5] })])).toThrow(
      'inputs have shapes [null, 4, 3] and [null, 4, 5], expected a mask [null, 4, 4] as the last',
    );
    expect(() => layer.apply([x, other, input({ shape: [5, 4] })])).toThrow(
      'expected a mask [null, 4, 5] as the last',
    );
  });
});
