import { describe, expect, it } from 'vitest';
import {
  dense,
  gru,
  input,
  type Layer,
  lstm,
  type Model,
  minGru,
  minLstm,
  model,
  type SymbolicTensor,
  sequential,
  simpleRNN,
  sru,
  tensor,
} from '../../../src/index.js';
import { checkModel, kernelGradients, scaledDifference } from '../../harness/gradient.js';
import { testData } from '../../harness/random.js';

/** Largest difference from f64, relative to the largest value compared. Measured: 3.4e-7. */
const MODEL_MAX_DIFFERENCE = 1e-6;

interface LongOptions {
  returnSequences: boolean;
  recompute?: boolean;
  truncate?: number;
  dropout?: number;
  recurrentDropout?: number;
}

const UNITS = 5;
const cells: [string, (options: LongOptions) => Layer][] = [
  ['simpleRNN', (options) => simpleRNN({ units: UNITS, ...options })],
  ['lstm', (options) => lstm({ units: UNITS, ...options })],
  ['gru', (options) => gru({ units: UNITS, ...options })],
  ['gru, reset before', (options) => gru({ units: UNITS, resetAfter: false, ...options })],
  ['minGru', ({ recurrentDropout: _, ...options }) => minGru({ units: UNITS, ...options })],
  ['sru', ({ recurrentDropout: _, ...options }) => sru({ units: UNITS, ...options })],
  ['minLstm', ({ recurrentDropout: _, ...options }) => minLstm({ units: UNITS, ...options })],
];

const T = 11;
const x = tensor(testData(1, 3 * T * 3), [3, T, 3]);

function net(cell: (options: LongOptions) => Layer, options: LongOptions): Model {
  const made = sequential(
    [input({ shape: [T, 3] }), dense({ units: 4 }), cell(options), dense({ units: 2 })],
    { seed: 9 },
  );
  made.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
  return made as Model;
}

function target(returnSequences: boolean) {
  return returnSequences ? tensor(testData(2, 3 * T * 2), [3, T, 2]) : tensor(testData(2, 3 * 2), [3, 2]);
}

describe.each(cells)('%s with recompute', (_name, cell) => {
  it.each([true, false])('has the gradients that f64 gives; returnSequences %s', (returnSequences) => {
    const made = net(cell, { returnSequences, recompute: true });
    const { forward, loss, gradients } = checkModel(made, x, target(returnSequences));
    expect(Math.max(forward, loss, ...Object.values(gradients))).toBeLessThan(MODEL_MAX_DIFFERENCE);
  });

  it('computes with the same masks again', () => {
    const options = { returnSequences: true, dropout: 0.3, recurrentDropout: 0.4 };
    const plain = kernelGradients(net(cell, options), x, target(true));
    const again = kernelGradients(net(cell, { ...options, recompute: true }), x, target(true));
    expect(again.loss).toBe(plain.loss);
    for (const [name, gradient] of Object.entries(plain.gradients)) {
      expect(scaledDifference(again.gradients[name], gradient)).toBeLessThan(MODEL_MAX_DIFFERENCE);
    }
  });
});

describe.each(cells)('%s with truncate', (_name, cell) => {
  it('changes nothing when it reaches over the whole sequence', () => {
    const plain = kernelGradients(net(cell, { returnSequences: true }), x, target(true));
    const reaching = kernelGradients(net(cell, { returnSequences: true, truncate: T }), x, target(true));
    expect(reaching).toEqual(plain);
  });

  it.each([false, true])('takes the state before the last steps as given; recompute %s', (recompute) => {
    const k = 4;
    const cut = net(cell, { returnSequences: false, truncate: k, recompute });
    const full = kernelGradients(cut, x, target(false));

    // The same weights over the last k steps alone, from the state that the steps before lead to.
    const frames = input({ shape: [null, 3] });
    const layer = cell({ returnSequences: false }) as Layer;
    const projected = dense({ units: 4 });
    const head = dense({ units: 2 });
    const states = layer.definition.states?.(layer.config, [[null, 4]]) ?? [];
    const initial = states.map(() => input({ shape: [UNITS] }));
    const tail = model({
      inputs: [frames, ...initial],
      outputs: head.apply(layer.apply(projected.apply(frames), { initialState: initial })),
    });
    tail.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    tail.setWeights(cut.getWeights());
    const part = (from: number, to: number) =>
      tensor(
        Float32Array.from(
          [0, 1, 2].flatMap((s) => [...x.data.subarray((s * T + from) * 3, (s * T + to) * 3)]),
        ),
        [3, to - from, 3],
      );
    const before = statesAfter(cell, cut, T - k);
    const expected = kernelGradients(tail as Model, [part(T - k, T), ...before], target(false));
    for (const [name, gradient] of Object.entries(expected.gradients)) {
      expect(scaledDifference(full.gradients[name], gradient), name).toBeLessThan(MODEL_MAX_DIFFERENCE);
    }
    expect(full.loss).toBe(expected.loss);

    function statesAfter(make: (options: LongOptions) => Layer, from: Model, steps: number) {
      const start = input({ shape: [steps, 3] });
      const returning = make({ returnSequences: false, returnState: true } as LongOptions);
      const outputs: SymbolicTensor[] = returning.applyAll(dense({ units: 4 }).apply(start));
      const reader = model({ inputs: start, outputs });
      const own = Object.fromEntries(
        Object.entries(from.getWeights()).filter(([name]) => !name.startsWith('dense_1')),
      );
      reader.setWeights(own);
      return reader.predict(part(0, steps)).slice(1);
    }
  });
});

it('keeps memory that grows with the square root of the length', () => {
  const workspace = (steps: number, recompute: boolean): number => {
    const made = sequential([
      input({ shape: [steps, 1] }),
      lstm({ units: 32, recompute }),
      dense({ units: 1 }),
    ]);
    made.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    const gateBytes = made.memoryReport(4).buffers.filter((b) => /gates|\.h|\.c/.test(b.name));
    return gateBytes.reduce((sum, b) => sum + b.bytes, 0);
  };
  expect(workspace(1600, false) / workspace(400, false)).toBeCloseTo(4, 1);
  expect(workspace(1600, true) / workspace(400, true)).toBeCloseTo(2, 0);
  expect(workspace(1600, false) / workspace(1600, true)).toBeGreaterThan(12);
});
