import { describe, expect, it } from 'vitest';
import {
  dense,
  gru,
  highway,
  input,
  type Layer,
  lstm,
  type Model,
  masking,
  residual,
  rnn,
  sequential,
  sgd,
  tensor,
} from '../../src/index.js';
import { bitsOf, giveWeights } from '../harness/bits.js';
import { kernelGradients, scaledDifference } from '../harness/gradient.js';
import { mixture, ownGru, ownLstm } from '../harness/own-cells.js';
import { testData } from '../harness/random.js';

/** Gradients of a padded sequence against those of the bare one: sums over rows that are zero. Measured: 0. */
const GRADIENT = 1e-6;

const [T, I, PADDED] = [4, 3, 7];
const bare = testData(1, T * I);

type Options = { returnSequences?: boolean; goBackwards?: boolean; recompute?: boolean };
const cell = (make: (options: Options) => Layer) => make;

const LAYERS: [string, (options: Options) => Layer][] = [
  ['a cell of one state', cell((o) => rnn({ cell: ownGru, units: I, ...o }))],
  ['a cell of two states', cell((o) => rnn({ cell: ownLstm, units: I, ...o }))],
  [
    'a cell of every operation',
    cell((o) => rnn({ cell: mixture, units: I, options: { first: 'gelu', second: 'silu' } as const, ...o })),
  ],
  ['a stack', cell(({ recompute: _, ...o }) => rnn([lstm({ units: 5 }), gru({ units: I })], o))],
];

function net(layer: Layer): Model {
  const made = sequential([input({ shape: [null, I] }), masking(), layer, dense({ units: 2 })]) as Model;
  giveWeights(made, 3);
  made.compile({ optimizer: sgd(), loss: 'meanSquaredError' });
  return made;
}

function padded(front: number): Float32Array {
  const data = new Float32Array(PADDED * I);
  data.set(bare, front * I);
  return data;
}

describe.each(LAYERS)('%s', (_name, make) => {
  it.each([{}, { goBackwards: true }, { recompute: true }])(
    'gives a padded sequence the bits and gradients of the bare one: %o',
    (options) => {
      const model = net(make(options));
      const x = tensor(bare, [1, T, I]);
      const y = tensor(testData(2, 2), [1, 2]);
      const alone = kernelGradients(model, x, y);
      for (const front of [0, 2, PADDED - T]) {
        const wide = tensor(padded(front), [1, PADDED, I]);
        expect(bitsOf(model.predict(wide).data)).toEqual(bitsOf(model.predict(x).data));
        const { loss, gradients } = kernelGradients(model, wide, y);
        expect(loss).toBe(alone.loss);
        for (const [name, expected] of Object.entries(alone.gradients)) {
          expect(scaledDifference(gradients[name], expected), name).toBeLessThan(GRADIENT);
        }
      }
    },
  );
});

it.each([
  ['residual', () => residual(rnn({ cell: ownGru, units: I, returnSequences: true }))],
  ['highway', () => highway(gru({ units: I, returnSequences: true }))],
])('%s passes masks on', (_name, make) => {
  const model = sequential([input({ shape: [null, I] }), masking(), make(), gru({ units: 2 })]);
  giveWeights(model as Model, 4);
  const alone = model.predict(tensor(bare, [1, T, I]));
  expect(bitsOf(model.predict(tensor(padded(0), [1, PADDED, I])).data)).toEqual(bitsOf(alone.data));
  expect(bitsOf(model.predict(tensor(padded(3), [1, PADDED, I])).data)).toEqual(bitsOf(alone.data));
});

it('a stream keeps the state of a cell of one’s own at steps that do not count', () => {
  const model = sequential([
    input({ shape: [null, I] }),
    masking(),
    rnn({ cell: ownLstm, units: 5, returnSequences: true }),
  ]);
  giveWeights(model as Model, 4);
  const steps = model.stream();
  const seen: Uint32Array[] = [];
  for (let t = 0; t < PADDED; t++) seen.push(bitsOf(steps.step(padded(0).subarray(t * I, (t + 1) * I))));
  for (let t = T; t < PADDED; t++) expect(seen[t]).toEqual(seen[T - 1]);
});
