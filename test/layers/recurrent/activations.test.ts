import { describe, expect, it } from 'vitest';
import {
  type ActivationName,
  dense,
  gru,
  input,
  type Layer,
  lstm,
  type Model,
  type RecurrentOptions,
  sequential,
  simpleRNN,
  tensor,
} from '../../../src/index.js';
import { CELL_ACTIVATION_NAMES } from '../../../src/layers/activations.js';
import { giveWeights } from '../../harness/bits.js';
import { checkModel } from '../../harness/gradient.js';
import { testData } from '../../harness/random.js';

/** Largest difference from f64, relative to the largest value compared. Measured: 9.2e-7. */
const MODEL_MAX_DIFFERENCE = 2e-6;

type Gated = RecurrentOptions & { recurrentActivation?: ActivationName };

const CELLS: Record<string, (options: Gated) => Layer> = {
  lstm,
  'lstm with peepholes': (options) => lstm({ ...options, peephole: true }),
  gru,
  'gru, reset before': (options) => gru({ ...options, resetAfter: false }),
};

const [B, T, I] = [2, 4, 3];

function worst(layer: Layer): number {
  const net = sequential([input({ shape: [T, I] }), dense({ units: 2 }), layer, dense({ units: 2 })]);
  net.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
  giveWeights(net, 5);
  // Small, so that a state through exponential stays finite.
  for (const [name, { data }] of Object.entries(net.getWeights())) {
    net.setWeights({ [name]: data.map((v) => 0.4 * v) });
  }
  const x = tensor(testData(1, B * T * I), [B, T, I]);
  const { forward, loss, gradients } = checkModel(net as Model, x, tensor(testData(2, B * 2), [B, 2]));
  return Math.max(forward, loss, ...Object.values(gradients));
}

it.each(CELL_ACTIVATION_NAMES)(
  'simpleRNN with %s has the outputs and gradients that f64 gives',
  (activation) => {
    expect(worst(simpleRNN({ units: 6, activation }))).toBeLessThan(MODEL_MAX_DIFFERENCE);
  },
);

describe.each(Object.entries(CELLS))('%s', (_, make) => {
  it.each(CELL_ACTIVATION_NAMES)('with %s has the outputs and gradients that f64 gives', (activation) => {
    expect(worst(make({ units: 6, activation }))).toBeLessThan(MODEL_MAX_DIFFERENCE);
  });

  it.each(CELL_ACTIVATION_NAMES)('with gates of %s', (recurrentActivation) => {
    expect(worst(make({ units: 6, recurrentActivation }))).toBeLessThan(MODEL_MAX_DIFFERENCE);
  });

  it.each(['gelu', 'silu', 'softmax'] as const)('refuses %s, whose slope its value does not tell', (name) => {
    expect(() => make({ units: 6, activation: name })).toThrow(/unknown activation '/);
    expect(() => make({ units: 6, recurrentActivation: name })).toThrow(/unknown recurrentActivation '/);
  });
});
