import { describe, expect, it } from 'vitest';
import {
  bidirectional,
  dense,
  input,
  type LSTMOptions,
  lstm,
  model,
  quantizationReport,
  quantize,
  type Shape,
  sequential,
  tensor,
} from '../../../src/index.js';
import { lstmInt8Definition } from '../../../src/layers/int8/lstm.js';
import { definitionOf } from '../../../src/layers/registry.js';
import { giveWeights } from '../../harness/bits.js';
import { kernelGradients } from '../../harness/gradient.js';
import { LSTM_VARIANTS, type LSTMVariant } from '../../harness/lstm-variants.js';
import { testData } from '../../harness/random.js';

const CASES = Object.entries(LSTM_VARIANTS);
const [B, T, I] = [3, 5, 2];
const x = tensor(testData(1, B * T * I, -1.5, 2), [B, T, I]);

describe('the weights', () => {
  const shapes = (variant: LSTMVariant): Record<string, Shape> => {
    const cell = lstm({ units: 5, name: 'cell', ...variant });
    const weights = sequential([input({ shape: [T, 3] }), cell]).getWeights();
    return Object.fromEntries(
      Object.entries(weights)
        .filter(([name]) => name.startsWith('cell.'))
        .map(([name, { shape }]) => [name.slice(5), shape]),
    );
  };

  it('of all variants', () => {
    const variant = { peephole: true, projection: 2, cellClip: 1, layerNormalization: true };
    expect(shapes(variant)).toEqual({
      kernel: [3, 20],
      recurrentKernel: [2, 20],
      bias: [20],
      peepholeKernel: [3, 5],
      projectionKernel: [5, 2],
      kernelGamma: [20],
      recurrentGamma: [20],
      cellGamma: [5],
      cellBeta: [5],
    });
  });

  it('of coupled gates', () => {
    const kernels = { kernel: [3, 15], recurrentKernel: [5, 15], bias: [15], peepholeKernel: [2, 5] };
    expect(shapes({ coupled: true, peephole: true })).toEqual(kernels);
  });

  it.each([
    [{}, 5],
    [{ coupled: true }, 0],
  ])('start the forget gate at 1: %o', (variant, from) => {
    const net = sequential([input({ shape: [T, I] }), lstm({ units: 5, ...variant })]);
    const { data } = net.getWeights()['lstm.bias'];
    expect([...data]).toEqual([...data].map((_, n) => (n >= from && n < from + 5 ? 1 : 0)));
  });
});

describe('cellClip', () => {
  it('holds the state within its bound, and stops gradients there', () => {
    const cell = (cellClip: number | null) => {
      const start = input({ shape: [T, I] });
      const [, , c] = lstm({ units: 9, returnState: true, cellClip }).applyAll(start);
      const net = model({ inputs: start, outputs: c });
      net.compile({ loss: 'meanSquaredError' });
      giveWeights(net as never, 9);
      return net;
    };
    const free = cell(null).predict(x).data;
    const held = cell(0.25).predict(x).data;
    const reaching = held.filter((v) => Math.abs(v) === 0.25);
    expect(Math.max(...free.map(Math.abs))).toBeGreaterThan(0.3);
    expect(Math.max(...held.map(Math.abs))).toBe(0.25);
    expect(reaching.length).toBeGreaterThan(2);
    expect(reaching.length).toBeLessThan(held.length);
    // So low a bound is reached by every unit: nothing moves the last state.
    const { gradients } = kernelGradients(cell(1e-6) as never, x, tensor(testData(2, 9 * B), [B, 9]));
    for (const [name, g] of Object.entries(gradients)) expect(Math.max(...g.map(Math.abs)), name).toBe(0);
  });
});

describe('refusals', () => {
  const bad =
    (options: object): (() => unknown) =>
    () =>
      lstm({ units: 4, ...options } as LSTMOptions);

  it.each([
    ['projection: 0', bad({ projection: 0 }), /lstm: projection must be a whole number of at least 1, got 0/],
    [
      'half a unit',
      bad({ projection: 2.5 }),
      /lstm: projection must be a whole number of at least 1, got 2.5/,
    ],
    ['a negative bound', bad({ cellClip: -1 }), /lstm: cellClip must be a finite number above 0, got -1/],
    ['a bound of 0', bad({ cellClip: 0 }), /lstm: cellClip must be a finite number above 0, got 0/],
    ['no number', bad({ cellClip: Number.NaN }), /lstm: cellClip must be a finite number above 0, got NaN/],
    ['a word for a flag', bad({ peephole: 'yes' }), /lstm: peephole must be true or false, got 'yes'/],
    ['a number for a flag', bad({ coupled: 1 }), /lstm: coupled must be true or false, got 1/],
    ['an object', bad({ layerNormalization: {} }), /lstm: layerNormalization must be true or false/],
    [
      'an unknown option',
      bad({ peepholes: true }),
      /lstm: unknown option 'peepholes'; did you mean 'peephole'/,
    ],
    ['an initializer', bad({ peepholeInitializer: 'zeroes' }), /lstm: peepholeInitializer.*'zeroes'/],
  ])('%s', (_what, make, message) => {
    expect(make).toThrow(message);
  });

  it('an initial state of the wrong size, of each its own', () => {
    const layer = lstm({ units: 4, projection: 3 });
    const [frames, h, c] = [input({ shape: [T, I] }), input({ shape: [3] }), input({ shape: [4] })];
    expect(() => layer.apply(frames, { initialState: [c, c] })).toThrow(
      /lstm: initialState h has shape \[batch, 4\], expected \[batch, 3\]/,
    );
    expect(() => layer.apply(frames, { initialState: [h, h] })).toThrow(
      /lstm: initialState c has shape \[batch, 3\], expected \[batch, 4\]/,
    );
  });

  it('directions whose outputs do not add up', () => {
    const layer = lstm({ units: 4, projection: 3 });
    const backwardLayer = lstm({ units: 4, goBackwards: true });
    expect(() => bidirectional({ layer, backwardLayer, mergeMode: 'sum' })).toThrow(
      /mergeMode 'sum' needs equal units, got 3 and 4/,
    );
  });

  it.each(CASES)('a file that says 8 bits, with %s', (_name, variant) => {
    const { config } = lstm({ units: 4, ...variant });
    const restore = () => lstmInt8Definition.restore(config, 'damaged', definitionOf);
    const [option] = Object.keys(variant);
    expect(restore).toThrow(new RegExp(`damaged: ${option} has no 8-bit form`));
  });

  it.each(CASES)('8 bits, with %s', (_name, variant) => {
    const [option] = Object.keys(variant);
    const why = new RegExp(`lstm: ${option} of an lstm has no 8-bit form`);
    expect(() => quantize(sequential([input({ shape: [T, I] }), lstm({ units: 4, ...variant })]))).toThrow(
      why,
    );
    const net = sequential([input({ shape: [T, I] }), lstm({ units: 4, ...variant }), dense({ units: 40 })]);
    const report = quantizationReport(net, quantize(net), x);
    expect(report.layers[0].reason).toMatch(/has no 8-bit form/);
  });
});
