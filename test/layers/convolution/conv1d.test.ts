import { describe, expect, it } from 'vitest';
import {
  type Conv1dOptions,
  conv1d,
  input,
  load,
  type Model,
  sequential,
  sgd,
  tensor,
} from '../../../src/index.js';
import { bitsOf, giveWeights } from '../../harness/bits.js';
import { checkModel } from '../../harness/gradient.js';
import { expectPiecesInvariant, expectStreamInvariant, N, T } from '../../harness/invariance.js';
import { expectInvariant } from '../../harness/layer-invariance.js';
import { testData } from '../../harness/random.js';
import { largestDifference, SIZES, stack } from './harness.js';

/** Largest difference from f64 of predictions, loss and gradients, over the largest value. Measured: 6.3e-7. */
const MAX_DIFFERENCE = 2e-6;

/** The same of sums over 8000 rows. Measured: 3.2e-6. */
const LONG_DIFFERENCE = 8e-6;

type Case = [string, Omit<Conv1dOptions, 'filters'>];

const CASES: Case[] = [
  ['one tap', { kernelSize: 1 }],
  ['valid', { kernelSize: 3 }],
  ['same', { kernelSize: 4, padding: 'same' }],
  ['causal', { kernelSize: 3, padding: 'causal' }],
  ['valid with dilation', { kernelSize: 3, dilationRate: 2 }],
  ['same with dilation', { kernelSize: 3, dilationRate: 3, padding: 'same' }],
  ['causal with dilation', { kernelSize: 2, dilationRate: 4, padding: 'causal' }],
  ['causal, most taps before the start', { kernelSize: 5, dilationRate: 3, padding: 'causal' }],
  ['valid with strides', { kernelSize: 2, strides: 3 }],
  ['same with strides', { kernelSize: 5, strides: 2, padding: 'same' }],
  ['strides past the kernel', { kernelSize: 2, strides: 4, padding: 'same' }],
  ['causal with strides', { kernelSize: 3, strides: 2, padding: 'causal' }],
  ['no bias', { kernelSize: 3, useBias: false, padding: 'causal' }],
  ['tanh', { kernelSize: 3, activation: 'tanh' }],
  ['gelu', { kernelSize: 3, activation: 'gelu', padding: 'same' }],
];

describe.each(CASES)('%s', (_name, options) => {
  it.each(SIZES)('agrees with f64 on %i channels and %i filters', (C, filters) => {
    expect(largestDifference(stack(conv1d({ filters, ...options }), 9, C), 3, 9)).toBeLessThan(
      MAX_DIFFERENCE,
    );
  });

  it('agrees with f64 for many samples of few steps', () => {
    expect(largestDifference(stack(conv1d({ filters: 3, ...options }), 7, 4), 11, 7)).toBeLessThan(
      MAX_DIFFERENCE,
    );
  });

  it('gives the same bits in any batch and from a file', () => {
    const net = stack(conv1d({ filters: 5, ...options }), null, 4);
    const x = tensor(testData(3, 5 * 9 * 2), [5, 9, 2]);
    expectInvariant(net, x, options.padding === 'causal' && options.strides === undefined);
    expect(load(net.save()).predict(x)).toEqual(net.predict(x));
  });
});

describe('groups', () => {
  it.each([
    [2, 4, 6],
    [3, 3, 3],
    [5, 5, 10],
    [3, 51, 27],
    [2, 18, 34],
  ])('%i groups of %i channels give %i', (groups, C, filters) => {
    for (const options of [
      { kernelSize: 3, padding: 'same' as const },
      { kernelSize: 2, strides: 2 },
      { kernelSize: 2, dilationRate: 3, padding: 'causal' as const },
    ]) {
      const layer = conv1d({ filters, groups, ...options });
      expect(largestDifference(stack(layer, 8, C), 2, 8)).toBeLessThan(MAX_DIFFERENCE);
    }
  });

  it('stream', () => {
    const net = stack(conv1d({ filters: 6, groups: 3, kernelSize: 3, padding: 'causal' }), null, 9);
    expectStreamInvariant(net, testData(2, N * T * 2), [2], true);
  });
});

describe('long sequences', () => {
  it.each([1, 2])('agree with f64 over blocks of steps, strides %i', (strides) => {
    const layer = conv1d({ filters: 2, kernelSize: 3, strides, padding: 'same' });
    const net = sequential([input({ shape: [4000, 6] }), layer]);
    giveWeights(net as Model, 3);
    net.compile({ optimizer: sgd(), loss: 'meanSquaredError' });
    const x = tensor(testData(4, 2 * 4000 * 6), [2, 4000, 6]);
    const y = tensor(testData(5, (2 * 4000 * 2) / strides), [2, 4000 / strides, 2]);
    const { forward, loss, gradients } = checkModel(net as Model, x, y);
    expect(Math.max(forward, loss, ...Object.values(gradients))).toBeLessThan(LONG_DIFFERENCE);
  });
});

describe('carried frames', () => {
  const options: Conv1dOptions = { filters: 4, kernelSize: 3, dilationRate: 2, padding: 'causal' };

  it('stream as the whole sequence, from the start after a reset, and from a state taken', () => {
    const net = stack(conv1d({ ...options, activation: 'silu' }), null, 3);
    const x = testData(9, N * T * 2);
    expectStreamInvariant(net, x, [2], true);
    const stream = net.stream();
    const run = (from: number, to: number): number[][] => {
      const outputs: number[][] = [];
      for (let t = from; t < to; t++) outputs.push([...stream.step(x.subarray(2 * t, 2 * t + 2))]);
      return outputs;
    };
    const first = run(0, 6);
    const state = stream.getState();
    const second = run(6, 30);
    stream.setState(state);
    expect(run(6, 30)).toEqual(second);
    stream.reset();
    expect(run(0, 6)).toEqual(first);
  });

  it('are carried from batch to batch by stateful layers, and saved', () => {
    const whole = stack(conv1d(options), null, 3);
    const pieces = stack(conv1d({ ...options, stateful: true }), null, 3);
    expectPiecesInvariant(pieces, whole, testData(8, N * T * 2), [2]);
    const again = load(pieces.save()) as Model;
    const more = tensor(testData(6, N * 3 * 2), [N, 3, 2]);
    expect(bitsOf(again.predict(more).data)).toEqual(bitsOf(pieces.predict(more).data));
    pieces.resetStates();
    expect(bitsOf(pieces.predict(more).data)).toEqual(bitsOf(whole.predict(more).data));
  });

  it('count in the gradients of weights', () => {
    const whole = stack(conv1d(options), null, 3);
    const pieces = stack(conv1d({ ...options, stateful: true }), null, 3);
    const x = testData(8, 10);
    const zeros = tensor([0, 0, 0, 0], [1, 1, 4]);
    pieces.predict(tensor(x.subarray(0, 8), [1, 4, 2]));
    pieces.trainOnBatch(tensor(x.subarray(8), [1, 1, 2]), zeros);
    const all = tensor(x, [1, 5, 2]);
    const target = whole.predict(all);
    target.data.fill(0, 16);
    whole.compile({ optimizer: sgd({ learningRate: 0.05 }), loss: 'meanSquaredError' });
    whole.trainOnBatch(all, target);
    for (const name of ['conv1d.kernel', 'conv1d.bias']) {
      const [a, b] = [pieces, whole].map((net) => net.getWeights()[name].data);
      expect(Math.max(...a.map((v, i) => Math.abs(v - b[i])))).toBeLessThan(MAX_DIFFERENCE);
    }
  });
});

describe('bad input', () => {
  const bad: [Record<string, unknown>, RegExp][] = [
    [{ kernelSize: 3 }, /conv1d: filters must be a whole number of at least 1/],
    [{ filters: 2 }, /conv1d: kernelSize must be a whole number of at least 1/],
    [{ filters: 2, kernelSize: 0 }, /kernelSize must be/],
    [{ filters: 2, kernelSize: [2, 3] }, /kernelSize must be one whole number/],
    [
      { filters: 2, kernelSize: 3, strides: 2, dilationRate: 2 },
      /strides and dilationRate cannot both be more/,
    ],
    [{ filters: 3, kernelSize: 3, groups: 2 }, /filters must be a multiple of groups, got 3 and 2/],
    [{ filters: 2, kernelSize: 3, padding: 'sam' }, /unknown padding 'sam'; did you mean 'same'/],
    [{ filters: 2, kernelSize: 3, dilation: 2 }, /unknown option 'dilation'/],
    [{ filters: 2, kernelSize: 3, stateful: true }, /cannot be stateful: padding 'valid' is not causal/],
  ];

  it.each(bad)('%o is refused', (options, message) => {
    expect(() => conv1d(options as never)).toThrow(message);
  });

  it('windows longer than the sequence, features that are no groups, and what is no sequence', () => {
    const wide = conv1d({ filters: 2, kernelSize: 3, dilationRate: 4 });
    expect(() => sequential([input({ shape: [8, 2] }), wide])).toThrow(
      'conv1d: input has shape [null, 8, 2], expected at least 9 steps, which a window of 3 with dilationRate 4 covers',
    );
    const open = stack(wide, null, 3);
    expect(() => open.predict(tensor(new Float32Array(16), [1, 8, 2]))).toThrow('expected at least 9 steps');
    expect(open.predict(tensor(new Float32Array(18), [1, 9, 2])).shape).toEqual([1, 1, 2]);
    const groups = conv1d({ filters: 4, kernelSize: 1, groups: 2 });
    expect(() => sequential([input({ shape: [8, 3] }), groups])).toThrow(
      'input has shape [null, 8, 3], whose features are not 2 groups',
    );
    expect(() => sequential([input({ shape: [8] }), groups])).toThrow('expected [batch, time, features]');
  });

  it.each([
    [{ padding: 'same' as const }, /conv1d cannot stream: padding 'same' is not causal/],
    [{ padding: 'causal' as const, strides: 2 }, /conv1d cannot stream: strides 2 gives no output/],
  ])('%o does not stream', (options, message) => {
    expect(() => stack(conv1d({ filters: 2, kernelSize: 3, ...options }), null, 3).stream()).toThrow(message);
  });
});
