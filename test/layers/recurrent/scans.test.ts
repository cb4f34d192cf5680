import { describe, expect, it } from 'vitest';
import {
  bidirectional,
  dense,
  input,
  type Layer,
  load,
  type Model,
  minGru,
  minLstm,
  model,
  quantize,
  type SequenceOptions,
  sequential,
  sru,
  tensor,
} from '../../../src/index.js';
import { checkModel } from '../../harness/gradient.js';
import { testData } from '../../harness/random.js';

/** Largest difference from f64, relative to the largest value compared. Measured: 1.6e-6, for one unit whose gradients nearly cancel. */
const MODEL_MAX_DIFFERENCE = 3e-6;

const SIZES = [1, 3, 4, 5, 17, 33];
const T = 6;
const CELLS: Record<string, (options: SequenceOptions) => Layer> = { minGru, minLstm, sru };
const STATES: Record<string, number> = { minGru: 1, minLstm: 1, sru: 2 };

const worst = ({ forward, loss, gradients }: ReturnType<typeof checkModel>): number =>
  Math.max(forward, loss, ...Object.values(gradients));

describe.each(Object.entries(CELLS))('%s', (name, cell) => {
  it.each(SIZES)('of %i units has the gradients that f64 gives, its input is as wide or not', (units) => {
    for (const features of new Set([units, 3])) {
      const x = tensor(testData(1, 2 * T * 2), [2, T, 2]);
      const net = sequential(
        [
          input({ shape: [T, 2] }),
          dense({ units: features }),
          cell({ units, returnSequences: true, biasInitializer: 'randomNormal' }),
          dense({ units: 2 }),
        ],
        { seed: units },
      );
      net.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
      const y = tensor(testData(2, 2 * T * 2), [2, T, 2]);
      expect(worst(checkModel(net as Model, x, y))).toBeLessThan(MODEL_MAX_DIFFERENCE);
    }
  });

  it.each([false, true])('gives and takes states, from the end of the sequence too: %s', (goBackwards) => {
    const [x, ...starts] = [
      input({ shape: [T, 3] }),
      ...Array.from({ length: STATES[name] }, () => input({ shape: [5] })),
    ];
    const between = dense({ units: 5 }).apply(x);
    const initialState = starts.map((start) => dense({ units: 5 }).apply(start));
    const outputs = cell({ units: 5, returnState: true, goBackwards }).applyAll(between, { initialState });
    const net = model({ inputs: [x, ...starts], outputs, seed: 3 });
    net.compile({ optimizer: 'sgd', loss: outputs.map(() => 'meanSquaredError' as const) });
    const given = [
      tensor(testData(1, 3 * T * 3), [3, T, 3]),
      ...starts.map((_, i) => tensor(testData(5 + i, 15), [3, 5])),
    ];
    const wanted = outputs.map((_, i) => tensor(testData(8 + i, 15), [3, 5]));
    expect(worst(checkModel(net as unknown as Model, given, wanted))).toBeLessThan(MODEL_MAX_DIFFERENCE);
  });

  it('trains on with the same bits after save and load, in two directions, with dropout', () => {
    const made = sequential(
      [
        input({ shape: [T, 4] }),
        bidirectional({ layer: cell({ units: 4, dropout: 0.3, returnSequences: true }) }),
        cell({ units: 5, recompute: true, truncate: 4 }),
        dense({ units: 2 }),
      ],
      { seed: 9 },
    );
    made.compile({ optimizer: 'adam', loss: 'meanSquaredError' });
    const batch = (i: number) =>
      [tensor(testData(i, 3 * T * 4), [3, T, 4]), tensor(testData(i + 50, 6), [3, 2])] as const;
    for (let i = 0; i < 3; i++) made.trainOnBatch(...batch(i));
    const loaded = load(made.save()) as Model;
    for (let i = 3; i < 6; i++)
      expect(loaded.trainOnBatch(...batch(i))).toEqual(made.trainOnBatch(...batch(i)));
    expect(loaded.fingerprint()).toBe(made.fingerprint());
    expect(loaded.save()).toEqual(made.save());
  });

  it('stays in f32 beside layers that are quantised, and alone is refused', () => {
    const layers = () => [input({ shape: [T, 4] }), cell({ units: 5 })];
    const net = quantize(sequential([...layers(), dense({ units: 2 })], { seed: 1 }));
    expect(net.isQuantized).toBe(true);
    expect(net.getWeights()[`${name}.kernel`].data.some((v) => !Number.isInteger(v))).toBe(true);
    expect(() => quantize(sequential(layers()))).toThrow(/no layer has an 8-bit form|no layer/);
  });

  it.each([
    ['an option of a recurrent product', { recurrentDropout: 0.1 }, /unknown option 'recurrentDropout'/],
    ['no units', { units: 0 }, /units must be a whole number/],
    ['a rate of 1', { dropout: 1 }, /dropout must be/],
    ['an activation that a cell cannot take', { activation: 'gelu' }, /activation 'gelu'/],
    ['a truncation of 0', { truncate: 0 }, /truncate must be/],
  ])('refuses %s', (_what, options, message) => {
    expect(() => cell({ units: 3, ...options } as SequenceOptions)).toThrow(message);
    expect(() => cell({ units: 3, ...options } as SequenceOptions)).toThrow(new RegExp(`^${name}: `));
  });

  it('refuses what has no time, and states of another size', () => {
    expect(() => cell({ units: 3 }).apply(input({ shape: [4] }))).toThrow(
      /has shape \[batch, 4\], expected \[batch, time, features\]/,
    );
    const state = Array.from({ length: STATES[name] }, () => input({ shape: [4] }));
    expect(() => cell({ units: 3 }).apply(input({ shape: [T, 4] }), { initialState: state })).toThrow(
      /initialState h has shape \[batch, 4\], expected \[batch, 3\]/,
    );
  });
});
