import { describe, expect, it } from 'vitest';
import {
  dense,
  gru,
  input,
  type Layer,
  load,
  lstm,
  type Model,
  model,
  rnn,
  sequential,
  sgd,
  simpleRNN,
  tensor,
} from '../../../src/index.js';
import golden from '../../golden/stacked.json' with { type: 'json' };
import { bitsOf, giveWeights } from '../../harness/bits.js';
import { expectClose, flat } from '../../harness/golden.js';
import { checkModel, kernelGradients } from '../../harness/gradient.js';
import { expectPiecesInvariant, N as SAMPLES, T as STEPS } from '../../harness/invariance.js';
import { expectInvariant } from '../../harness/layer-invariance.js';
import { testData } from '../../harness/random.js';

/** Largest difference from f64, over the largest value compared. Measured: 1.3e-6. */
const MAX_DIFFERENCE = 5e-6;
/** Largest difference from PyTorch in f64, over the largest value of the tensor. Measured: 2.2e-7, gradients 3.7e-7. */
const GOLDEN_FORWARD = 5e-7;
const GOLDEN_GRADIENT = 1e-6;

const [B, T, I] = [3, 5, 2];
const x = tensor(testData(1, B * T * I), [B, T, I]);

function worst(net: Model, y: ReturnType<typeof tensor> | ReturnType<typeof tensor>[]): number {
  const { forward, loss, gradients } = checkModel(net, x, y);
  return Math.max(forward, loss, ...Object.values(gradients));
}

const STACKS: [string, (H: number) => Layer[]][] = [
  ['lstm twice', (H) => [lstm({ units: H }), lstm({ units: H })]],
  ['three kinds', (H) => [gru({ units: H }), simpleRNN({ units: H + 1 }), lstm({ units: H })]],
  ['one cell', (H) => [gru({ units: H, recompute: true })]],
];

describe.each(STACKS)('rnn of %s', (_name, cells) => {
  it.each([1, 3, 4])('agrees with f64 at %i units', (H) => {
    const net = sequential(
      [
        input({ shape: [T, I] }),
        dense({ units: 3 }),
        rnn(cells(H), { goBackwards: H === 4 }),
        dense({ units: 2 }),
      ],
      { seed: H },
    );
    giveWeights(net as Model, H);
    net.compile({ optimizer: sgd(), loss: 'meanSquaredError' });
    expect(worst(net as Model, tensor(testData(2, B * 2), [B, 2]))).toBeLessThan(MAX_DIFFERENCE);
    expect(load(net.save()).predict(x)).toEqual(net.predict(x));
  });

  it.each([5, 17, 33])('is what its cells are one behind the other, at %i units', (H) => {
    const layers = cells(H);
    const last = layers.length - 1;
    const one = sequential([input({ shape: [T, I] }), rnn(layers)]);
    const apart = sequential([
      input({ shape: [T, I] }),
      ...layers.map((layer, i) =>
        Object.assign(layer, { config: { ...layer.config, returnSequences: i < last } }),
      ),
    ]);
    giveWeights(one as Model, H);
    const weights = Object.entries(one.getWeights()).map(([name, w]) => [name.slice('rnn.'.length), w]);
    apart.setWeights(Object.fromEntries(weights));
    const y = tensor(testData(3, B * H), [B, H]);
    const [got, expected] = [one, apart].map((net) => {
      net.compile({ optimizer: sgd(), loss: 'meanSquaredError' });
      return kernelGradients(net as Model, x, y);
    });
    expect(got.loss).toBe(expected.loss);
    expect(Object.values(got.gradients).map(bitsOf)).toEqual(Object.values(expected.gradients).map(bitsOf));
  });

  it('has the same bits in any batch and as a stream', () => {
    const net = sequential([
      input({ shape: [null, I] }),
      rnn(cells(5), { returnSequences: true, dropout: 0.5 }),
    ]);
    giveWeights(net as Model, 3);
    expectInvariant(net as Model, x, true);
  });

  it('takes initial states and gives final ones, in the order of the cells', () => {
    const start = input({ shape: [T, I] });
    const layer = rnn(cells(4), { returnState: true, returnSequences: true });
    const widths = layer.applyAll(start).map(({ shape }) => shape[shape.length - 1] as number);
    const initialState = widths.slice(1).map((units) => dense({ units }).apply(rnn(cells(2)).apply(start)));
    const outputs = layer.applyAll(start, { initialState });
    const net = model({ inputs: start, outputs, seed: 2 });
    net.compile({ optimizer: sgd(), loss: outputs.map(() => 'meanSquaredError' as const) });
    const y = outputs.map(({ shape }, i) => {
      const sizes = [B, ...(shape as number[])];
      return tensor(
        testData(
          i,
          sizes.reduce((a, b) => a * b, 1),
        ),
        sizes,
      );
    });
    expect(worst(net as unknown as Model, y)).toBeLessThan(MAX_DIFFERENCE);
  });

  it('carries its states from batch to batch', () => {
    const make = (stateful: boolean) => {
      const net = sequential([
        input({ shape: [null, I] }),
        rnn(cells(3), { returnSequences: true, stateful }),
      ]);
      giveWeights(net as Model, 5);
      return net as Model;
    };
    expectPiecesInvariant(make(true), make(false), testData(4, SAMPLES * STEPS * I), [I]);
  });
});

type Golden = Exclude<keyof typeof golden, 'torch'>;
const GOLDEN = Object.keys(golden).filter((name) => name !== 'torch') as Golden[];

it.each(GOLDEN)('%s has the outputs, states and gradients of PyTorch', (name) => {
  const { kind, sizes, weights, targets, outputs, loss, gradients, x: given } = golden[name];
  const cell = kind === 'lstm' ? lstm : gru;
  const start = input({ shape: [sizes.T, sizes.I] });
  const layer = rnn(
    weights.map((_, i) => cell({ units: sizes.H, name: `level${i}` })),
    { returnSequences: true, returnState: true, name: 'stack' },
  );
  const net = model({ inputs: start, outputs: layer.applyAll(start) });
  net.compile({ optimizer: sgd(), loss: outputs.map(() => 'meanSquaredError' as const) });
  const own = weights.flatMap((level, i) =>
    Object.entries(level).map(([weight, w]) => [`stack.level${i}.${weight}`, flat(w)] as const),
  );
  net.setWeights(Object.fromEntries(own));
  const data = tensor(given, [sizes.B, sizes.T, sizes.I]);
  net.predict(data).forEach(({ data: got }, i) => {
    expectClose(`output ${i}`, got, outputs[i], GOLDEN_FORWARD);
  });
  const shapes = net.graph.outputs.map(({ shape }) => [sizes.B, ...(shape as number[])]);
  const y = targets.map((target, i) => tensor(target, shapes[i]));
  const found = kernelGradients(net as never, data, y);
  expectClose('loss', [found.loss], [loss], GOLDEN_GRADIENT);
  gradients.forEach((level, i) => {
    for (const [weight, g] of Object.entries(level)) {
      expectClose(weight, found.gradients[`stack.level${i}.${weight}`], g, GOLDEN_GRADIENT);
    }
  });
});

describe('dropout between cells', () => {
  const make = (dropout: number) => {
    const cells = [simpleRNN({ units: 40 }), simpleRNN({ units: 40 })];
    const net = sequential([input({ shape: [T, I] }), rnn(cells, { dropout, returnSequences: true })], {
      seed: 3,
    });
    net.compile({ optimizer: sgd(), loss: 'meanSquaredError' });
    return net as Model;
  };

  it('is off in inference, and drops its share of what the second cell reads in training', () => {
    const [dropped, whole] = [make(0.4), make(0)];
    expect(bitsOf(dropped.predict(x).data)).toEqual(bitsOf(whole.predict(x).data));
    const y = tensor(testData(2, B * T * 40), [B, T, 40]);
    expect(kernelGradients(dropped, x, y).loss).not.toBe(kernelGradients(whole, x, y).loss);
    expect(kernelGradients(dropped, x, y)).toEqual(kernelGradients(make(0.4), x, y));
  });
});

it('freezes a cell whose layer is not trainable', () => {
  const cells = [lstm({ units: 3, trainable: false }), lstm({ units: 3 })];
  const net = sequential([input({ shape: [T, I] }), rnn(cells)]);
  net.compile({ optimizer: sgd({ learningRate: 0.5 }), loss: 'meanSquaredError' });
  const before = net.getWeights();
  net.trainOnBatch(x, tensor(testData(3, B * 3), [B, 3]));
  const after = net.getWeights();
  expect(after['rnn.lstm.kernel']).toEqual(before['rnn.lstm.kernel']);
  expect(after['rnn.lstm_1.kernel']).not.toEqual(before['rnn.lstm_1.kernel']);
  expect(load(net.save()).summary()).toBe(net.summary());
});

describe('rnn refuses', () => {
  it.each([
    ['no cells', () => rnn([]), /rnn: expected at least one cell/],
    [
      'a layer without time',
      () => rnn([dense({ units: 2 })]),
      /cell 0 must be a recurrent layer such as lstm\(\{ units \}\), got 'dense'/,
    ],
    [
      'a cell with an option of the stack',
      () => rnn([lstm({ units: 2, stateful: true }), lstm({ units: 2 })]),
      /cell 0 \(lstm\) sets stateful, which is an option of the stack/,
    ],
    [
      'sequences of the last cell alone',
      () => rnn([lstm({ units: 2 }), lstm({ units: 2, returnSequences: true })]),
      /cell 1 \(lstm_1\) sets returnSequences/,
    ],
    [
      'a rate of 1',
      () => rnn([lstm({ units: 2 })], { dropout: 1 }),
      /dropout must be a number from 0 to below 1/,
    ],
    [
      'initial states of some cells only',
      () => {
        const start = input({ shape: [T, 4] });
        const h = dense({ units: 4 }).apply(input({ shape: [1] }));
        return rnn([lstm({ units: 4 }), gru({ units: 4 })]).apply(start, { initialState: [h, h] });
      },
      /initialState has 2 parts, expected 3/,
    ],
    [
      'to stream from the end',
      () =>
        sequential([input({ shape: [null, 2] }), rnn([lstm({ units: 2 })], { goBackwards: true })]).stream(),
      /rnn cannot stream: lstm: goBackwards reads a sequence from its end/,
    ],
  ])('%s', (_what, make, message) => {
    expect(make).toThrow(message);
  });
});
