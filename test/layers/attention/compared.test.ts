import { describe, expect, it } from 'vitest';
import {
  additiveAttention,
  attention,
  dense,
  input,
  type Layer,
  load,
  type Model,
  model,
  type SymbolicTensor,
  sgd,
  type Tensor,
  tensor,
} from '../../../src/index.js';
import { bitsOf, giveWeights, samplesOf } from '../../harness/bits.js';
import { checkModel } from '../../harness/gradient.js';
import { expectInvariant } from '../../harness/layer-invariance.js';
import { testData } from '../../harness/random.js';

/** Largest difference from f64 of predictions, loss and gradients, over the largest value. Measured: 3.2e-6. */
const MAX_DIFFERENCE = 8e-6;
/** The same where there is one key: nothing comes through its score, and 1e-3 is the scale. Measured: 1.3e-5. */
const MAX_OF_ONE = 1e-4;

const B = 3;

/** Every kind, with features of query and key and of the value, and how many inputs there are. */
const KINDS: readonly [string, (more: object) => Layer, number, number, 2 | 3][] = [
  ['additiveAttention', (more) => additiveAttention(more), 4, 4, 2],
  ['additiveAttention, without scale', (more) => additiveAttention({ useScale: false, ...more }), 5, 3, 3],
  ['attention, useScale', (more) => attention({ useScale: true, ...more }), 3, 4, 3],
  ['attention, general', (more) => attention({ scoreMode: 'general', ...more }), 3, 5, 2],
  [
    'attention, general, useScale',
    (more) => attention({ scoreMode: 'general', useScale: true, ...more }),
    5,
    2,
    3,
  ],
  ['attention, concat', (more) => attention({ scoreMode: 'concat', ...more }), 4, 4, 2],
  [
    'attention, concat, useScale',
    (more) => attention({ scoreMode: 'concat', useScale: true, ...more }),
    3,
    4,
    3,
  ],
];

/** Dense layers on two inputs with attention between them; 'general' takes keys of other features than the query. */
function comparing(
  layer: Layer,
  inputs: 2 | 3,
  [T, S]: [number, number],
  D: number,
  E: number,
  pairs = false,
): Model {
  const [x, other] = [input({ shape: [T, 3], name: 'x' }), input({ shape: [S, 2], name: 'other' })];
  const part = (from: SymbolicTensor, units: number) => dense({ units, activation: 'tanh' }).apply(from);
  const parts = inputs === 2 ? [part(x, D), part(other, E)] : [part(x, D), part(other, E), part(other, D)];
  const mask = pairs ? [input({ shape: [T, S], name: 'pairs' })] : [];
  const outputs = layer.apply([...parts, ...mask]);
  const net = model({ inputs: [x, other, ...mask], outputs }) as unknown as Model;
  giveWeights(net, T + S + D);
  net.compile({ optimizer: sgd(), loss: 'meanSquaredError' });
  return net;
}

function dataFor(net: Model): Tensor[] {
  return net.graph.inputs.map(({ shape, name }, i) => {
    const [T, F] = shape as number[];
    const data = testData(5 + i, B * T * F);
    return tensor(name === 'pairs' ? data.map((v, j) => (v > 0 || j % F === 0 ? 1 : 0)) : data, [B, T, F]);
  });
}

function worst(net: Model): number {
  const [T, E] = net.graph.outputs[0].shape as number[];
  const { forward, loss, gradients } = checkModel(
    net,
    dataFor(net),
    tensor(testData(9, B * T * E), [B, T, E]),
  );
  return Math.max(forward, loss, ...Object.values(gradients));
}

describe.each(KINDS)('%s', (_name, make, D, E, inputs) => {
  it.each([1, 3, 4, 5, 17, 33])('has the outputs and gradients of f64 for %i keys', (S) => {
    const bound = S === 1 ? MAX_OF_ONE : MAX_DIFFERENCE;
    expect(worst(comparing(make({}), inputs, [5, S], D, E))).toBeLessThan(bound);
  });

  it.each([1, 4, 17])('sees the steps up to its own, %i of them', (T) => {
    const bound = T === 1 ? MAX_OF_ONE : MAX_DIFFERENCE;
    expect(worst(comparing(make({ useCausalMask: true }), inputs, [T, T], D, E))).toBeLessThan(bound);
  });

  it('sees what a mask of pairs allows', () => {
    const layer = make({ useAttentionMask: true });
    expect(worst(comparing(layer, inputs, [5, 7], D, E, true))).toBeLessThan(MAX_DIFFERENCE);
  });

  it('gives a sample the same bits in any batch, and trains on with the same after loading', () => {
    const x = input({ shape: [9, 3] });
    const parts = Array.from({ length: inputs }, () => dense({ units: 4 }).apply(x));
    const net = model({ inputs: x, outputs: make({ dropout: 0.3 }).apply(parts) }) as unknown as Model;
    giveWeights(net, 3);
    net.compile({ optimizer: sgd(), loss: 'meanSquaredError' });
    const data = tensor(testData(1, B * 27), [B, 9, 3]);
    const target = tensor(testData(2, B * 36), [B, 9, 4]);
    expectInvariant(net, data, false);
    net.trainOnBatch(data, target);
    const again = load(net.save()) as unknown as Model;
    expect(again.trainOnBatch(data, target)).toEqual(net.trainOnBatch(data, target));
    expect(bitsOf(again.predict(data).data)).toEqual(bitsOf(net.predict(data).data));
  });

  it('steps with the bits of the whole sequence, beside a value given whole with its length', () => {
    const [T, S] = [4, 6];
    const net = comparing(make({}), inputs, [T, S], D, E);
    const [x, other] = dataFor(net);
    const lengths = { other: [6, 2, 1] };
    const whole = net.predict([x, other], { lengths }).data;
    const stream = net.stream({ stepInput: 'x', batchSize: B });
    stream.start(other, { lengths });
    for (let t = 0; t < T; t++) {
      const frames = [0, 1, 2].flatMap((s) => [...samplesOf(samplesOf(x.data as Float32Array, B, s), T, t)]);
      const y = stream.step(frames);
      for (let s = 0; s < B; s++) {
        const expected = samplesOf(samplesOf(whole, B, s), T, t);
        expect(bitsOf(samplesOf(y, B, s)), `sample ${s}, step ${t}`).toEqual(bitsOf(expected));
      }
    }
  });
});

describe('what they refuse', () => {
  const [x, other] = [input({ shape: [4, 3] }), input({ shape: [5, 2] })];

  it('options out of range, and inputs that do not fit', () => {
    expect(() => attention({ scoreMode: 'product' as never })).toThrow(
      "attention: unknown scoreMode 'product'",
    );
    expect(() => additiveAttention({ useScale: 1 as never })).toThrow(
      'useScale must be true or false, got 1',
    );
    expect(() => additiveAttention({ units: 3 } as never)).toThrow(
      "additiveAttention: unknown option 'units'",
    );
    expect(() => additiveAttention().apply([x, other])).toThrow('expected as many features in query and key');
    expect(() => additiveAttention().apply(x)).toThrow('expected a query and a value, or a key too');
    expect(() => additiveAttention().apply([x, x, x, x])).toThrow(
      'has 4 inputs, expected query, value and key',
    );
    expect(() => attention({ useAttentionMask: true }).apply([x, x, input({ shape: [4, 5] })])).toThrow(
      'expected a mask [null, 4, 4] as the last',
    );
    expect(attention({ scoreMode: 'general' }).apply([x, other]).shape).toEqual([4, 2]);
  });
});
