import { describe, expect, it } from 'vitest';
import {
  bidirectional,
  dense,
  gru,
  input,
  type LSTMOptions,
  load,
  lstm,
  type Model,
  masking,
  model,
  quantizationReport,
  quantize,
  rnn,
  type Shape,
  sequential,
  tensor,
} from '../../../src/index.js';
import { giveWeights } from '../../harness/bits.js';
import { checkModel, kernelGradients, scaledDifference } from '../../harness/gradient.js';
import {
  expectBatchInvariant,
  expectPiecesInvariant,
  expectStreamInvariant,
  N,
  T as STEPS,
} from '../../harness/invariance.js';
import { testData } from '../../harness/random.js';
import { slopeDifference } from '../../harness/slopes.js';

/** Largest difference from f64, relative to the largest value compared. Measured: 1.8e-6. */
const MODEL_MAX_DIFFERENCE = 3e-6;

/** The same where outputs are multiplied. Measured: 1.5e-6. */
const PRODUCT_MAX_DIFFERENCE = 3e-6;

/** Slopes of f32 losses against gradients, over the length of the weight's gradient. Measured: 4.1e-4. */
const SLOPE = 8e-4;
const SLOPE_STEP = 0.004;

type Variant = Partial<LSTMOptions>;

/** Each option alone, and what meets in one kernel: peepholes of coupled gates, all with all. */
const VARIANTS: Record<string, Variant> = {
  peephole: { peephole: true },
  coupled: { coupled: true },
  'peephole, coupled': { peephole: true, coupled: true },
  projection: { projection: 3 },
  cellClip: { cellClip: 0.3 },
  layerNormalization: { layerNormalization: true },
  all: { peephole: true, projection: 2, cellClip: 0.4, layerNormalization: true },
  'all, coupled': { peephole: true, coupled: true, projection: 7, cellClip: 0.4, layerNormalization: true },
};
const CASES = Object.entries(VARIANTS);
const SIZES = [1, 3, 4, 5, 17, 33];

const [B, T, I] = [3, 5, 2];
const x = tensor(testData(1, B * T * I, -1.5, 2), [B, T, I]);
/** What initial states are computed from. */
const input0 = input({ shape: [2] });
const target = (...shape: number[]) =>
  tensor(
    testData(
      2,
      shape.reduce((a, b) => a * b, B),
    ),
    [B, ...shape] as Shape,
  );

function worst(net: Model, y: ReturnType<typeof tensor>, data = x): number {
  const { forward, loss, gradients } = checkModel(net, data, y);
  return Math.max(forward, loss, ...Object.values(gradients));
}

/** A dense layer in front, whose gradients show that of the input. */
function network(options: LSTMOptions): Model {
  const net = sequential(
    [input({ shape: [T, I] }), dense({ units: 3 }), lstm(options), dense({ units: 2 })],
    {
      seed: 4,
    },
  );
  net.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
  giveWeights(net, 7);
  return net as Model;
}

describe.each(CASES)('lstm with %s', (name, variant) => {
  it.each([true, false])('has the outputs and gradients that f64 gives; returnSequences %s', (every) => {
    const net = network({ units: 5, returnSequences: every, ...variant });
    expect(worst(net, every ? target(T, 2) : target(2))).toBeLessThan(MODEL_MAX_DIFFERENCE);
  });

  // Differences of every weight take long: the widest layers are those that have every option.
  const sizes = name.startsWith('all') ? SIZES : SIZES.slice(0, 3);
  it.each(sizes)('of %i units', (units) => {
    const options = { units, useBias: units !== 4, goBackwards: units === 3, ...variant };
    const net = sequential([input({ shape: [3, I] }), lstm(options)]);
    net.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    giveWeights(net, units + 6);
    const y = tensor(testData(2, 2 * (variant.projection ?? units)), [2, variant.projection ?? units]);
    const difference = worst(net, y, tensor(x.data.subarray(0, 6 * I), [2, 3, I]));
    expect(difference).toBeLessThan(MODEL_MAX_DIFFERENCE);
  });

  it.each([true, false])('recomputed, and cut off after the whole; returnSequences %s', (every) => {
    const y = every ? target(T, 2) : target(2);
    const options = { units: 5, returnSequences: every, dropout: 0.2, recurrentDropout: 0.3, ...variant };
    const whole = kernelGradients(network(options), x, y);
    const again = kernelGradients(network({ ...options, recompute: true }), x, y);
    expect(again.loss).toBe(whole.loss);
    for (const [name, gradient] of Object.entries(whole.gradients)) {
      expect(scaledDifference(again.gradients[name], gradient), name).toBeLessThan(MODEL_MAX_DIFFERENCE);
    }
    expect(kernelGradients(network({ ...options, truncate: T }), x, y)).toEqual(whole);
  });

  // A bound on c has a kink, at which differences of losses tell nothing.
  it('has the gradients of its own loss under dropout', () => {
    const options = { dropout: 0.3, recurrentDropout: 0.3, returnSequences: true, goBackwards: true };
    const net = network({ units: 5, ...options, ...variant, cellClip: null });
    expect(slopeDifference(net, x, target(T, 2), SLOPE_STEP)).toBeLessThan(SLOPE);
  });

  it('starts from given states and gives its own, with their gradients', () => {
    const frames = input({ shape: [T, I] });
    const P = variant.projection ?? 4;
    const own = [dense({ units: P }).apply(input0), dense({ units: 4 }).apply(input0)];
    const layer = lstm({ units: 4, returnSequences: true, returnState: true, ...variant });
    const outputs = layer.applyAll(frames, { initialState: own });
    expect(outputs.map((value) => value.shape)).toEqual([[T, P], [P], [4]]);
    const net = model({ inputs: [frames, input0], outputs, seed: 3 });
    net.compile({ loss: outputs.map(() => 'meanSquaredError' as const) });
    const y = [target(T, P), target(P), target(4)];
    const { forward, loss, gradients } = checkModel(net as never, [x, tensor(testData(5, 2 * B), [B, 2])], y);
    expect(Math.max(forward, loss, ...Object.values(gradients))).toBeLessThan(MODEL_MAX_DIFFERENCE);
  });

  it.each(['concat', 'mul'] as const)('in both directions, merged by %s', (mergeMode) => {
    const layer = lstm({ units: 4, returnSequences: true, ...variant });
    const net = sequential([
      input({ shape: [T, I] }),
      bidirectional({ layer, mergeMode }),
      dense({ units: 2 }),
    ]);
    net.compile({ loss: 'meanSquaredError' });
    giveWeights(net, 8);
    expect(worst(net as Model, target(T, 2))).toBeLessThan(PRODUCT_MAX_DIFFERENCE);
    const again = load(net.save());
    expect(again.predict(x)).toEqual(net.predict(x));
  });

  it.each(SIZES)('of %i units has the same bits in any batch, in a stream and in pieces', (units) => {
    const whole = stack(units, variant, false);
    const data = testData(units + 5, N * STEPS * I);
    expectBatchInvariant(whole, data, [STEPS, I]);
    expectStreamInvariant(whole, data, [I], true);
    expectPiecesInvariant(stack(units, variant, true), whole, data, [I]);
  });

  it.each(['behind', 'in front'])('padded %s has the bits and gradients of bare sequences', (where) => {
    const lengths = [5, 2, 4];
    const net = sequential([input({ shape: [null, I] }), masking(), lstm({ units: 5, ...variant })]);
    net.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    giveWeights(net, 11);
    const size = variant.projection ?? 5;
    const y = testData(3, 3 * size);
    const padded = new Float32Array(x.data.length);
    const bare = lengths.map((length, s) => {
      const own = x.data.subarray(s * T * I, (s * T + length) * I);
      padded.set(own, (s * T + (where === 'behind' ? 0 : T - length)) * I);
      return tensor(own, [1, length, I]);
    });
    const all = tensor(padded, [3, T, I]);
    const alone = bare.map((one) => [...net.predict(one).data]);
    expect([...net.predict(all).data]).toEqual(alone.flat());
    const got = kernelGradients(net as Model, all, tensor(y, [3, size]));
    const parts = bare.map((one, s) =>
      kernelGradients(net as Model, one, tensor(y.subarray(s * size, (s + 1) * size), [1, size])),
    );
    for (const [name, gradient] of Object.entries(got.gradients)) {
      const mean = gradient.map((_, i) => parts.reduce((sum, p) => sum + p.gradients[name][i] / 3, 0));
      expect(scaledDifference(gradient, mean), name).toBeLessThan(MODEL_MAX_DIFFERENCE);
    }
  });

  it('trains on from a file with the same bits', async () => {
    const net = network({ units: 5, dropout: 0.2, recurrentDropout: 0.3, ...variant });
    net.compile({ optimizer: 'adam', loss: 'meanSquaredError' });
    await net.fit(x, target(2), { epochs: 2, verbose: 0 });
    const again = load(net.save());
    for (const one of [net, again]) await one.fit(x, target(2), { epochs: 4, initialEpoch: 2, verbose: 0 });
    expect(again.fingerprint()).toBe(net.fingerprint());
  });
});

/** Two of them, carried from batch to batch or not. */
function stack(units: number, variant: Variant, stateful: boolean): Model {
  const layers = [0, 1].map(() => lstm({ units, returnSequences: true, stateful, ...variant }));
  const net = sequential([input({ shape: [null, I] }), ...layers]);
  giveWeights(net, units + 20);
  return net as Model;
}

it('stands in a stack beside a normalised gru, with its own sizes', () => {
  const all = lstm({ units: 4, projection: 2, peephole: true, coupled: true });
  const cells = [all, gru({ units: 3, layerNormalization: true }), lstm({ units: 5, projection: 6 })];
  const net = sequential([input({ shape: [T, I] }), rnn(cells, { returnSequences: true })]);
  net.compile({ loss: 'meanSquaredError' });
  giveWeights(net, 12);
  expect(worst(net as Model, target(T, 6))).toBeLessThan(MODEL_MAX_DIFFERENCE);
});

describe('the weights', () => {
  const shapes = (variant: Variant): Record<string, Shape> => {
    const weights = network({ units: 5, name: 'cell', ...variant }).getWeights();
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
    const { gradients } = kernelGradients(cell(1e-6) as never, x, target(9));
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
