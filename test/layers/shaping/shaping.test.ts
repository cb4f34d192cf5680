import { describe, expect, it } from 'vitest';
import {
  activation,
  cropping1d,
  dense,
  flatten,
  input,
  type Layer,
  load,
  type Model,
  permute,
  repeatVector,
  reshape,
  reverse,
  sequential,
  sgd,
  simpleRNN,
  slice,
  tensor,
  upSampling1d,
  zeroPadding1d,
} from '../../../src/index.js';
import { giveWeights } from '../../harness/bits.js';
import { checkModel } from '../../harness/gradient.js';
import { expectInvariant } from '../../harness/layer-invariance.js';
import { testData } from '../../harness/random.js';

/** Largest difference from f64 of predictions, loss and gradients, over the largest value. Measured: 8.1e-7. */
const MAX_DIFFERENCE = 2e-6;

/** The same of activations. Measured: 9.5e-6 for silu, of the gradient of a lone weight; 8.4e-7 otherwise. */
const ACTIVATION_DIFFERENCE = 3e-5;

const SIZES = [1, 3, 4, 5, 17, 33];
const N = 3;

type Case = [string, (C: number) => Layer, (C: number) => number[]];

/** Layers, and the shape of a sample whose last axis has C features. */
const CASES: Case[] = [
  ['flatten', () => flatten(), (C) => [5, C]],
  ['flatten of a vector', () => flatten(), (C) => [C]],
  ['flatten of three axes', () => flatten(), (C) => [4, 2, C]],
  ['reshape to other steps', (C) => reshape({ targetShape: [2, -1, C] }), (C) => [6, C]],
  ['reshape to a vector', (C) => reshape({ targetShape: [3 * C] }), (C) => [3, C]],
  ['reshape of a vector', () => reshape({ targetShape: [-1, 1] }), (C) => [C]],
  ['reshape of the features', (C) => reshape({ targetShape: [6, C, 1] }), (C) => [6, C]],
  ['permute of two axes', () => permute({ dims: [2, 1] }), (C) => [5, C]],
  ['permute of three axes', () => permute({ dims: [3, 1, 2] }), (C) => [5, 2, C]],
  ['permute behind time', () => permute({ dims: [1, 3, 2] }), (C) => [5, 2, C]],
  ['permute of one axis', () => permute({ dims: [1] }), (C) => [C]],
  ['repeatVector', () => repeatVector({ n: 4 }), (C) => [C]],
  ['upSampling1d', () => upSampling1d({ size: 3 }), (C) => [4, C]],
  ['zeroPadding1d', () => zeroPadding1d({ padding: [2, 1] }), (C) => [4, C]],
  ['cropping1d', () => cropping1d({ cropping: [1, 2] }), (C) => [6, C]],
  ['reverse', () => reverse(), (C) => [5, C]],
  ['slice of features', (C) => slice({ start: C >> 1 }), (C) => [4, C]],
  ['slice of steps', () => slice({ start: 1, size: 3, axis: 1 }), (C) => [6, C]],
  ['slice of a vector', (C) => slice({ start: 0, size: (C + 1) >> 1 }), (C) => [C]],
  ['slice of a middle axis', () => slice({ start: 1, size: 2, axis: 2 }), (C) => [3, 4, C]],
];

/** A dense layer in front, so that a gradient must come through, and one behind. */
function stack(layer: Layer, shape: readonly number[]): Model {
  const C = shape[shape.length - 1];
  const front = dense({ units: C, activation: 'tanh' });
  const net = sequential([input({ shape: [...shape.slice(0, -1), 2] }), front, layer, dense({ units: 2 })]);
  giveWeights(net as Model, shape.length);
  net.compile({ optimizer: sgd(), loss: 'meanSquaredError' });
  return net as Model;
}

function data(shape: readonly number[], seed: number) {
  const sizes = [N, ...shape.slice(0, -1), 2];
  return tensor(
    testData(
      seed,
      sizes.reduce((a, b) => a * b, 1),
    ),
    sizes,
  );
}

describe.each(CASES)('%s', (_name, make, shapeOf) => {
  it.each(SIZES)('agrees with f64 on %i features', (C) => {
    const net = stack(make(C), shapeOf(C));
    const x = data(shapeOf(C), C);
    const { shape } = net.predict(x);
    const y = tensor(
      testData(
        C + 1,
        shape.reduce((a, b) => a * b, 1),
      ),
      shape,
    );
    const { forward, loss, gradients } = checkModel(net, x, y);
    expect(Math.max(forward, loss, ...Object.values(gradients))).toBeLessThan(MAX_DIFFERENCE);
  });

  it('gives the same bits in any batch and from a file', () => {
    const net = stack(make(5), shapeOf(5));
    const x = data(shapeOf(5), 4);
    expectInvariant(net, x, false);
    expect(load(net.save()).predict(x)).toEqual(net.predict(x));
  });
});

describe('streams', () => {
  it.each([
    ['slice of features', slice({ start: 1, size: 3 }), [4, 5]],
    ['slice of features, counted from the front', slice({ start: 1, size: 3, axis: 2 }), [4, 5]],
    ['slice of a middle axis', slice({ start: 1, size: 2, axis: 2 }), [3, 4, 5]],
    ['reshape behind time', reshape({ targetShape: [4, 5, 1] }), [4, 5]],
    ['permute behind time', permute({ dims: [1, 3, 2] }), [4, 2, 3]],
    ['activation', activation({ activation: 'gelu' }), [4, 5]],
  ])('%s gives the bits of the whole sequence', (_name, layer, shape) => {
    expectInvariant(stack(layer, shape), data(shape, 6), true);
  });

  it.each([
    [flatten(), [4, 5], 'flatten cannot stream: it mixes the steps of a sequence'],
    [reshape({ targetShape: [2, 10] }), [4, 5], 'reshape cannot stream: it mixes the steps of a sequence'],
    [permute({ dims: [2, 1] }), [4, 5], 'permute cannot stream: it moves the time axis'],
    [upSampling1d(), [4, 5], 'upSampling1d cannot stream: it gives several steps for one'],
    [zeroPadding1d(), [4, 5], 'zeroPadding1d cannot stream: it adds steps'],
    [cropping1d(), [4, 5], 'cropping1d cannot stream: it leaves out steps'],
    [slice({ axis: 1 }), [4, 5], 'slice cannot stream: it works along the time axis'],
  ])('%#: what needs more than one step refuses', (layer, shape, message) => {
    expect(() => stack(layer, shape).stream()).toThrow(message);
  });

  it('repeatVector refuses', () => {
    const net = sequential([input({ shape: [4, 3] }), simpleRNN({ units: 2 }), repeatVector({ n: 2 })]);
    expect(() => net.stream()).toThrow('repeatVector cannot stream: it makes a whole sequence of one vector');
  });
});

describe.each([
  ...['linear', 'relu', 'gelu', 'silu', 'tanh', 'softplus'],
  ...['softmax', 'logSoftmax'],
] as const)('activation %s', (name) => {
  it.each(SIZES)('agrees with f64 on %i features', (C) => {
    const net = stack(activation({ activation: name }), [4, C]);
    const y = tensor(testData(C + 1, N * 8), [N, 4, 2]);
    const { forward, loss, gradients } = checkModel(net, data([4, C], C), y);
    expect(Math.max(forward, loss, ...Object.values(gradients))).toBeLessThan(ACTIVATION_DIFFERENCE);
  });
});

describe('what cannot be', () => {
  const on = (layer: Layer, shape: (number | null)[]) => () => layer.apply(input({ shape }));

  it('names layer, argument, what was expected and what came', () => {
    expect(on(flatten(), [null, 3])).toThrow('flatten: input has shape [null, null, 3], expected sizes');
    expect(on(reshape({ targetShape: [4, -1] }), [5, 3])).toThrow('does not fill targetShape [4, -1]');
    expect(() => reshape({ targetShape: [-1, -1] })).toThrow('reshape: targetShape must be whole numbers');
    expect(() => reshape({} as never)).toThrow('reshape: targetShape must be whole numbers');
    expect(() => permute({ dims: [1, 3] })).toThrow('permute: dims must hold each of 1, 2, ... once');
    expect(on(permute({ dims: [2, 1] }), [3])).toThrow('expected 2 axes beside the batch');
    expect(on(permute({ dims: [2, 1] }), [null, 3])).toThrow('time has no known length');
    expect(() => repeatVector({ n: 0 })).toThrow('repeatVector: n must be a whole number of at least 1');
    expect(on(repeatVector({ n: 2 }), [3, 4])).toThrow('expected [batch, features]');
    expect(on(upSampling1d(), [4])).toThrow('expected [batch, time, features]');
    expect(() => zeroPadding1d({ padding: -1 })).toThrow('zeroPadding1d: padding must be a whole number');
    expect(on(cropping1d({ cropping: 2 }), [4, 3])).toThrow('expected more steps than cropping takes, 4');
    expect(on(slice({ start: 2, size: 4 }), [5, 5])).toThrow('which has no 2 + 4 on axis -1');
    expect(() => slice({ size: 0 })).toThrow('slice: size must be at least 1');
    expect(() => activation({ activation: 'rleu' as never })).toThrow("did you mean 'relu'?");
  });
});
