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
import { LSTM_VARIANTS, type LSTMVariant } from '../../harness/lstm-variants.js';
import { testData } from '../../harness/random.js';
import { slopeDifference } from '../../harness/slopes.js';

/** Largest difference from f64, relative to the largest value compared. Measured: 1.8e-6. */
const MODEL_MAX_DIFFERENCE = 3e-6;

/** The same where outputs are multiplied. Measured: 1.5e-6. */
const PRODUCT_MAX_DIFFERENCE = 3e-6;

/** Slopes of f32 losses against gradients, over the length of the weight's gradient. Measured: 4.1e-4. */
const SLOPE = 8e-4;
const SLOPE_STEP = 0.004;

const CASES = Object.entries(LSTM_VARIANTS);
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
function stack(units: number, variant: LSTMVariant, stateful: boolean): Model {
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
