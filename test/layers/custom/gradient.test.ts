import { describe, expect, it } from 'vitest';
import {
  type Cell,
  defineCell,
  dense,
  input,
  type Model,
  model,
  rnn,
  sequential,
  sgd,
  tensor,
} from '../../../src/index.js';
import { giveWeights } from '../../harness/bits.js';
import { checkModel } from '../../harness/gradient.js';
import { mixture, ownGru, ownLstm } from '../../harness/own-cells.js';
import { testData } from '../../harness/random.js';
import { referenceOfCell } from '../../harness/reference/custom.js';
import { REFERENCE_LAYERS } from '../../harness/reference/layers.js';

/** Largest difference from f64 of predictions, loss and gradients, over the largest value. Measured: 1.5e-6. */
const MAX_DIFFERENCE = 5e-6;

const [B, T, I] = [3, 5, 2];
const x = tensor(testData(1, B * T * I), [B, T, I]);

/** States that change places, one of them untouched by weights, and the input handed on as it is. */
const swap = defineCell({
  name: 'swap',
  states: ['a', 'b'],
  parameters: ({ features, units }) => ({ kernel: { shape: [features, units] } }),
  step: ({ x: given, states: { a, b }, weights: { kernel }, ops }) => ({
    states: { a: ops.add(b, ops.matmul(given, kernel)), b: a },
  }),
});

/** The input itself enters the state, whose gradient is handed on to it as it is. */
const sum = defineCell({
  name: 'sum',
  parameters: ({ units }) => ({ gain: { shape: [units], initializer: 'ones' } }),
  step: ({ x: given, states: { h }, weights: { gain }, ops }) => ({
    states: { h: ops.add(ops.mul(ops.scale(h, 0.5), gain), given) },
  }),
});

/** Pieces of states and input cut out and put together in another order, some used twice and some not at all. */
const shuffle = defineCell({
  name: 'shuffle',
  parameters: ({ features, units }) => ({ kernel: { shape: [features, 2 * units] } }),
  step({ x: given, states: { h }, weights: { kernel }, units, ops }) {
    const wide = ops.concat([h, ops.matmul(given, kernel), h]);
    const rest = ops.relu(ops.slice(wide, units - 1, 2 * units - 1));
    const overlapping = ops.tanh(ops.slice(wide, units, 2 * units));
    return {
      states: {
        h: ops.sub(ops.mul(rest, overlapping), ops.scale(ops.slice(wide, 3 * units, 4 * units), 0.3)),
      },
    };
  },
});

const CELLS: [string, Cell<never>, object][] = [
  ['ownGru', ownGru, {}],
  ['ownLstm', ownLstm, {}],
  ['mixture of gelu and softplus', mixture, { first: 'gelu', second: 'softplus' }],
  ['mixture of tanh and silu', mixture, { first: 'tanh', second: 'silu' }],
  ['swap', swap, {}],
  ['sum', sum, {}],
  ['shuffle', shuffle, {}],
];
for (const [, cell] of CELLS) REFERENCE_LAYERS[cell.name] = referenceOfCell(cell);

describe.each(CELLS)('%s', (_name, cell, options) => {
  const layer = (units: number, further: object = {}) =>
    rnn({ cell, units, options: options as never, ...further });

  it.each([1, 3, 4, 5])('agrees with f64 and finite differences at %i units', (units) => {
    const net = sequential([
      input({ shape: [T, I] }),
      dense({ units, activation: 'tanh', name: 'front' }),
      layer(units, { returnSequences: units !== 4, goBackwards: units === 3 }),
      dense({ units: 2 }),
    ]);
    giveWeights(net as Model, units);
    net.compile({ optimizer: sgd(), loss: 'meanSquaredError' });
    const shape = units !== 4 ? [B, T, 2] : [B, 2];
    const y = tensor(testData(2, units !== 4 ? B * T * 2 : B * 2), shape);
    const { forward, loss, gradients } = checkModel(net as Model, x, y);
    expect(Math.max(forward, loss)).toBeLessThan(MAX_DIFFERENCE);
    for (const [name, difference] of Object.entries(gradients))
      expect(difference, name).toBeLessThan(MAX_DIFFERENCE);
  });

  it.each([{}, { truncate: 9 }, { recompute: true }])('takes and gives states with %o', (further) => {
    const start = input({ shape: [T, I] });
    const units = 3;
    const front = dense({ units, name: 'front' }).apply(start);
    const own = layer(units, { returnSequences: true, returnState: true, ...further });
    const sizes = own.applyAll(front).slice(1);
    const initialState = sizes.map(({ shape: [size] }) =>
      dense({ units: size as number }).apply(rnn({ cell: ownGru, units: 2 }).apply(start)),
    );
    const outputs = own.applyAll(front, { initialState });
    const net = model({ inputs: start, outputs, seed: 4 });
    net.compile({ optimizer: sgd(), loss: outputs.map(() => 'meanSquaredError' as const) });
    const y = outputs.map(({ shape }, i) => {
      const whole = [B, ...(shape as number[])];
      return tensor(
        testData(
          i,
          whole.reduce((p, q) => p * q, 1),
        ),
        whole,
      );
    });
    const { forward, loss, gradients } = checkModel(net as unknown as Model, x, y);
    expect(Math.max(forward, loss, ...Object.values(gradients))).toBeLessThan(MAX_DIFFERENCE);
  });
});
