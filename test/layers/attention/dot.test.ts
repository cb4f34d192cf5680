import { describe, expect, it } from 'vitest';
import {
  type AttentionOptions,
  attention,
  dense,
  input,
  load,
  type Model,
  model,
  sgd,
  tensor,
} from '../../../src/index.js';
import { bitsOf, giveWeights } from '../../harness/bits.js';
import { checkModel } from '../../harness/gradient.js';
import { expectInvariant } from '../../harness/layer-invariance.js';
import { testData } from '../../harness/random.js';

/** Largest difference from f64 of predictions, loss and gradients, over the largest value. Measured: 3.1e-6. */
const MAX_DIFFERENCE = 8e-6;
/** The same where there is one step: nothing comes through its score, and 1e-3 is the scale. Measured: 4.1e-5. */
const MAX_OF_ONE = 1e-4;

const B = 3;

/** Dense layers on one input of T steps of 3 features, with attention between them. */
function attending(options: AttentionOptions, inputs: 2 | 3, T: number, D: number, E = D): Model {
  const x = input({ shape: [T, 3] });
  const part = (units: number) => dense({ units, activation: 'tanh' }).apply(x);
  const parts = inputs === 2 ? [part(D), part(D)] : [part(D), part(E), part(D)];
  const net = model({ inputs: x, outputs: attention(options).apply(parts) }) as unknown as Model;
  giveWeights(net, T + D);
  net.compile({ optimizer: sgd(), loss: 'meanSquaredError' });
  return net;
}

function dataFor(T: number, E: number) {
  return { x: tensor(testData(T, B * T * 3), [B, T, 3]), y: tensor(testData(T + E, B * T * E), [B, T, E]) };
}

function worst(net: Model, T: number, E: number, lengths?: readonly number[]): number {
  const { x, y } = dataFor(T, E);
  const found = checkModel(net, x, y, lengths);
  return Math.max(found.forward, found.loss, ...Object.values(found.gradients));
}

describe.each([false, true])('attention, causal: %s', (useCausalMask) => {
  it.each([1, 3, 4, 5, 17, 33])('has the outputs and gradients of f64 over %i steps', (T) => {
    const bound = T === 1 ? MAX_OF_ONE : MAX_DIFFERENCE;
    expect(worst(attending({ useCausalMask }, 2, T, 4), T, 4)).toBeLessThan(bound);
    expect(worst(attending({ useCausalMask }, 3, T, 2, 5), T, 5)).toBeLessThan(bound);
  });

  it('does not see steps that do not count', () => {
    expect(worst(attending({ useCausalMask }, 3, 7, 3, 2), 7, 2, [7, 2, 4])).toBeLessThan(MAX_DIFFERENCE);
  });

  it('gives a sample the same bits in any batch, and after loading', () => {
    const net = attending({ useCausalMask, dropout: 0.3 }, 3, 66, 3, 5);
    const { x, y } = dataFor(66, 5);
    expectInvariant(net, x, false);
    net.trainOnBatch(x, y);
    const again = load(net.save()) as unknown as Model;
    expect(again.trainOnBatch(x, y)).toEqual(net.trainOnBatch(x, y));
    expect(bitsOf(again.predict(x).data)).toEqual(bitsOf(net.predict(x).data));
  });
});

describe('what attention refuses', () => {
  const [x, other] = [input({ shape: [4, 3] }), input({ shape: [4, 2] })];

  it.each([
    [{ dropout: 1 }, 'attention: dropout must be a number from 0 to below 1, got 1'],
    [{ useCausalMask: 1 }, 'attention: useCausalMask must be true or false, got 1'],
    [{ scale: true }, "attention: unknown option 'scale'"],
  ])('the options %j', (options, message) => {
    expect(() => attention(options as never)).toThrow(message);
  });

  it('one input alone, and a key of other features than the query', () => {
    expect(() => attention().apply(x)).toThrow('expected a query and a value, or a key too');
    expect(() => attention().apply([x, other])).toThrow(
      'attention: inputs have shapes [null, 4, 3] and [null, 4, 2], expected as many features in query and key',
    );
  });

  it('to stream', () => {
    const net = model({ inputs: x, outputs: attention().apply([x, x]) });
    expect(() => net.stream()).toThrow('every step of the query meets every step of the value');
  });
});
