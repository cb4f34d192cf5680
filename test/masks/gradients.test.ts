import { describe, expect, it } from 'vitest';
import {
  add,
  average,
  bidirectional,
  dense,
  gru,
  indRnn,
  input,
  type Layer,
  lastStep,
  layerNormalization,
  lstm,
  type Model,
  masking,
  maximum,
  mgu,
  minimum,
  model,
  multiply,
  type SymbolicTensor,
  sequential,
  simpleRNN,
  type Tensor,
  tensor,
} from '../../src/index.js';
import { checkModel, type Differences } from '../harness/gradient.js';
import { testData } from '../harness/random.js';

/** Forward, loss and gradients against f64. Measured: 6.7e-7. */
const BOUND = 1.5e-6;

const B = 4;
const T = 6;
const I = 3;
const H = 5;
/** Steps in front, in between and at the end; a sequence whole, and one without any step. */
const MASKS = ['.xx.x.', 'xxxxxx', '......', 'x.....'];
const LENGTHS = [4, 6, 0, 1];

function sequences(): Tensor {
  const x = testData(1, B * T * I);
  MASKS.forEach((steps, b) => {
    [...steps].forEach((mark, t) => {
      if (mark === '.') x.fill(0, (b * T + t) * I, (b * T + t + 1) * I);
    });
  });
  return tensor(x, [B, T, I]);
}

type Options = Readonly<Record<string, unknown>>;
type Cell = (options: never) => Layer;

const CELLS: Readonly<Record<string, Cell>> = {
  simpleRNN: simpleRNN as Cell,
  lstm: lstm as Cell,
  gru: gru as Cell,
  'gru that resets before the product': ((o: object) => gru({ ...o, resetAfter: false } as never)) as Cell,
  mgu: mgu as Cell,
  indRnn: indRnn as Cell,
};

const FORMS: Readonly<Record<string, (cell: Cell, options: Options) => Layer>> = {
  forwards: (cell, options) => cell({ units: H, ...options } as never),
  backwards: (cell, options) => cell({ units: H, goBackwards: true, ...options } as never),
  recomputed: (cell, options) => cell({ units: H, recompute: true, ...options } as never),
  'in both directions': (cell, options) => bidirectional({ layer: cell({ units: H, ...options } as never) }),
};

function worst({ forward, loss, gradients }: Differences): number {
  return Math.max(forward, loss, ...Object.values(gradients));
}

function compiled(made: unknown): Model {
  const net = made as Model;
  net.compile({ optimizer: 'sgd', loss: net.graph.outputs.map(() => 'meanSquaredError' as const) });
  return net;
}

const target = (steps: boolean, O: number): Tensor =>
  steps ? tensor(testData(9, B * T * O), [B, T, O]) : tensor(testData(9, B * O), [B, O]);

describe.each(Object.keys(CELLS))('%s on sequences with masks', (name) => {
  it.each(Object.keys(FORMS))('%s: outputs, loss and gradients are those of f64', (form) => {
    for (const returnSequences of [true, false]) {
      const layer = (): Layer => FORMS[form](CELLS[name], { returnSequences });
      const head = [layer(), dense({ units: 2, activation: 'tanh' })];
      const byMask = sequential([input({ shape: [T, I] }), masking(), ...head], { seed: 5 });
      const y = target(returnSequences, 2);
      expect(worst(checkModel(compiled(byMask), sequences(), y))).toBeLessThan(BOUND);
      const byLengths = sequential([input({ shape: [T, I] }), ...head], { seed: 5 });
      const x = tensor(testData(2, B * T * I), [B, T, I]);
      expect(worst(checkModel(compiled(byLengths), x, y, LENGTHS))).toBeLessThan(BOUND);
    }
  });

  it('starts from a given state, gives the last one, and 0 before the first step that counts', () => {
    for (const returnSequences of [true, false]) {
      for (const goBackwards of [true, false]) {
        const x = input({ shape: [null, I] });
        const start = input({ shape: [2] });
        const layer = CELLS[name]({ units: H, returnSequences, goBackwards, returnState: true } as never);
        const count = name === 'lstm' ? 2 : 1;
        const initialState = Array.from({ length: count }, () => dense({ units: H }).apply(start));
        const outputs: SymbolicTensor[] = layer.applyAll(masking().apply(x), { initialState });
        const net = model({ inputs: [x, start], outputs });
        const data = [sequences(), tensor(testData(3, B * 2), [B, 2])];
        const targets = [target(returnSequences, H), ...initialState.map(() => target(false, H))];
        expect(worst(checkModel(compiled(net), data, targets))).toBeLessThan(BOUND);
      }
    }
  });
});

describe('layers around recurrent ones', () => {
  it('hand on masks: a stack over the last step that counts', () => {
    const net = sequential(
      [
        input({ shape: [null, I] }),
        masking(),
        lstm({ units: H, returnSequences: true }),
        layerNormalization(),
        dense({ units: 4, activation: 'relu' }),
        gru({ units: 3, returnSequences: true }),
        lastStep(),
        dense({ units: 2 }),
      ],
      { seed: 7 },
    );
    expect(worst(checkModel(compiled(net), sequences(), target(false, 2)))).toBeLessThan(BOUND);
  });

  const MERGES = { add, average, multiply, maximum, minimum } as const;

  it.each(Object.keys(MERGES))('join: a step counts where it counts in any input (%s)', (name) => {
    const merge = MERGES[name as keyof typeof MERGES];
    for (const unmasked of [false, true]) {
      const [x, z] = [input({ shape: [null, I] }), input({ shape: [null, I] })];
      const parts = [x, z].map((value, i) => {
        const read = i === 1 && unmasked ? value : masking().apply(value);
        return gru({ units: H, returnSequences: true }).apply(read);
      });
      const last = dense({ units: 2 }).apply(lstm({ units: H }).apply(merge().apply(parts)));
      const net = model({ inputs: [x, z], outputs: last });
      const shifted = sequences();
      shifted.data.copyWithin(I, 0, shifted.data.length - I);
      shifted.data.fill(0, 0, I);
      const data = [sequences(), shifted];
      expect(worst(checkModel(compiled(net), data, target(false, 2)))).toBeLessThan(BOUND);
    }
  });
});
