import { describe, expect, it } from 'vitest';
import {
  bidirectional,
  dense,
  gru,
  input,
  type Layer,
  load,
  lstm,
  type MergeMode,
  type Model,
  minGru,
  minLstm,
  model,
  sequential,
  simpleRNN,
  sru,
  tensor,
} from '../../../src/index.js';
import { checkModel } from '../../harness/gradient.js';
import { testData } from '../../harness/random.js';

/** Largest difference from f64, relative to the largest value compared. Measured: 1.3e-6, where two small outputs are multiplied. */
const MODEL_MAX_DIFFERENCE = 3e-6;

const cells: [string, (units: number, returnSequences: boolean) => Layer][] = [
  ['simpleRNN', (units, returnSequences) => simpleRNN({ units, returnSequences })],
  ['lstm', (units, returnSequences) => lstm({ units, returnSequences })],
  ['gru', (units, returnSequences) => gru({ units, returnSequences })],
  ['lstm, recomputed', (units, returnSequences) => lstm({ units, returnSequences, recompute: true })],
  ['minGru', (units, returnSequences) => minGru({ units, returnSequences })],
  ['sru', (units, returnSequences) => sru({ units, returnSequences })],
  ['minLstm, recomputed', (units, returnSequences) => minLstm({ units, returnSequences, recompute: true })],
];
const modes: MergeMode[] = ['concat', 'sum', 'mul', 'ave'];
const T = 5;
const x = tensor(testData(1, 3 * T * 2), [3, T, 2]);

function worst(net: Model, y: ReturnType<typeof tensor> | ReturnType<typeof tensor>[]): number {
  const { forward, loss, gradients } = checkModel(net, x, y);
  return Math.max(forward, loss, ...Object.values(gradients));
}

describe.each(cells)('bidirectional %s', (_name, cell) => {
  it.each(modes.flatMap((mode) => [[mode, true] as const, [mode, false] as const]))(
    'merged by %s, returnSequences %s, has the outputs and gradients that f64 gives',
    (mergeMode, returnSequences) => {
      const net = sequential(
        [
          input({ shape: [T, 2] }),
          dense({ units: 3 }),
          bidirectional({ layer: cell(4, returnSequences), mergeMode }),
          dense({ units: 2 }),
        ],
        { seed: 4 },
      );
      net.compile({ loss: 'meanSquaredError' });
      const shape = returnSequences ? [3, T, 2] : [3, 2];
      expect(worst(net as Model, tensor(testData(2, returnSequences ? 30 : 6), shape))).toBeLessThan(
        MODEL_MAX_DIFFERENCE,
      );
      const again = load(net.save());
      expect(again.predict(x)).toEqual(net.predict(x));
    },
  );

  it("gives both directions with mergeMode 'none', the backward one in the order of time", () => {
    const start = input({ shape: [T, 2] });
    const outputs = bidirectional({ layer: cell(3, true), mergeMode: 'none' }).applyAll(start);
    const net = model({ inputs: start, outputs, seed: 2 });
    net.compile({ loss: ['meanSquaredError', 'meanSquaredError'] });
    const y = [tensor(testData(2, 45), [3, T, 3]), tensor(testData(3, 45), [3, T, 3])];
    expect(worst(net as unknown as Model, y)).toBeLessThan(MODEL_MAX_DIFFERENCE);
  });
});

it('takes directions of different cells and sizes, and gives states in order', () => {
  const start = input({ shape: [T, 2] });
  const layer = bidirectional({
    layer: lstm({ units: 3, returnState: true }),
    backwardLayer: gru({ units: 4, returnState: true, goBackwards: true }),
  });
  const outputs = layer.applyAll(start);
  expect(outputs.map((value) => value.shape)).toEqual([[7], [3], [3], [4]]);
  const net = model({ inputs: start, outputs, seed: 2 });
  net.compile({ loss: outputs.map(() => 'meanSquaredError' as const) });
  const y = outputs.map((value, i) =>
    tensor(testData(i, 3 * (value.shape[0] as number)), [3, value.shape[0] as number]),
  );
  expect(worst(net as unknown as Model, y)).toBeLessThan(MODEL_MAX_DIFFERENCE);
  expect(Object.keys(net.getWeights())[3]).toBe('bidirectional.backward.kernel');
});

describe('bidirectional refuses', () => {
  it.each([
    [
      'a layer without time',
      () => bidirectional({ layer: dense({ units: 2 }) }),
      /layer must be a recurrent layer, got 'dense'/,
    ],
    [
      'sizes that do not add up',
      () =>
        bidirectional({
          layer: lstm({ units: 2 }),
          backwardLayer: lstm({ units: 3, goBackwards: true }),
          mergeMode: 'sum',
        }),
      /mergeMode 'sum' needs equal units, got 2 and 3/,
    ],
    [
      'two layers in one direction',
      () => bidirectional({ layer: lstm({ units: 2 }), backwardLayer: lstm({ units: 2 }) }),
      /backwardLayer with goBackwards: true/,
    ],
    [
      'to stream',
      () => sequential([input({ shape: [null, 2] }), bidirectional({ layer: lstm({ units: 2 }) })]).stream(),
      /bidirectional cannot stream: the backward direction reads a sequence from its end/,
    ],
  ])('%s', (_what, make, message) => {
    expect(make).toThrow(message);
  });
});
