// A crossentropy behind its own activation is computed from what the activation is applied to.
import { describe, expect, it } from 'vitest';
import {
  type ActivationName,
  activation,
  binaryCrossentropy,
  categoricalCrossentropy,
  dense,
  input,
  type Layer,
  type Loss,
  lstm,
  type Model,
  model,
  sequential,
  sparseCategoricalCrossentropy,
  type Tensor,
  tensor,
  timeDistributed,
} from '../../../src/index.js';
import { testData } from '../../harness/random.js';

const [N, T, I, O] = [5, 4, 3, 3];
const x = tensor(testData(1, N * T * I), [N, T, I]);
const LENGTHS = [4, 2, 3, 1, 4];

const classes = tensor(
  Float32Array.from({ length: N * T }, (_, r) => (r * 2) % O),
  [N, T],
);
const oneHot = tensor(
  Float32Array.from({ length: N * T * O }, (_, i) => Number(i % O === classes.data[Math.floor(i / O)])),
  [N, T, O],
);

interface Case {
  readonly activation: ActivationName;
  readonly loss: (fromLogits: boolean) => Loss;
  readonly y: Tensor;
}

const CASES: Record<string, Case> = {
  sparseCategoricalCrossentropy: {
    activation: 'softmax',
    loss: (fromLogits) => sparseCategoricalCrossentropy({ fromLogits, ignoreClass: 1 }),
    y: classes,
  },
  categoricalCrossentropy: {
    activation: 'softmax',
    loss: (fromLogits) => categoricalCrossentropy({ fromLogits, labelSmoothing: 0.1 }),
    y: oneHot,
  },
  binaryCrossentropy: {
    activation: 'sigmoid',
    loss: (fromLogits) => binaryCrossentropy({ fromLogits }),
    y: oneHot,
  },
};

function net(last: readonly Layer[], loss: Loss, bias = 0): Model<Tensor> {
  const made = sequential([input({ shape: [T, I] }), lstm({ units: 6, returnSequences: true }), ...last], {
    seed: 4,
  });
  made.compile({ optimizer: 'adam', loss });
  const weights = made.getWeights();
  const [name] = Object.keys(weights).filter((key) => key.startsWith('out') && key.endsWith('bias'));
  made.setWeights({ ...weights, [name]: tensor(new Float32Array([bias, -bias, -bias]), [O]) });
  return made as Model<Tensor>;
}

const out = (name?: ActivationName): Layer =>
  dense({ units: O, name: 'out', ...(name && { activation: name }) });

describe.each(Object.entries(CASES))('%s', (_name, { activation: act, loss, y }) => {
  it.each([
    ['as the activation of a dense layer', () => [out(act)]],
    ['as a layer', () => [out(), activation({ activation: act })]],
  ])('%s: loss, evaluation and training have the bits of fromLogits', (_what, last) => {
    const [behind, logits] = [net(last(), loss(false)), net([out()], loss(true))];
    for (const options of [{}, { lengths: LENGTHS }, { sampleWeight: [1, 0.5, 2, 0, 1] }]) {
      for (let i = 0; i < 2; i++) {
        expect(behind.trainOnBatch(x, y, options)).toEqual(logits.trainOnBatch(x, y, options));
      }
      expect(behind.evaluate(x, y, { batchSize: 2, ...options })).toEqual(
        logits.evaluate(x, y, { batchSize: 2, ...options }),
      );
    }
    expect(behind.fingerprint()).toBe(logits.fingerprint());
    expect(behind.predict(x).data.every((v) => v > 0 && v < 1)).toBe(true);
  });

  it('learns where the layer is certain and wrong', () => {
    const sure = net([out(act)], loss(false), 60);
    const wrong = tensor(Float32Array.from(y.data), y.shape);
    if (y === classes) wrong.data.fill(2);
    else
      wrong.data.forEach((_, i) => {
        wrong.data[i] = Number(i % O === 2);
      });
    const before = sure.getWeights();
    const first = sure.trainOnBatch(x, wrong).loss;
    expect(first).toBeGreaterThan(act === 'softmax' ? 100 : 30);
    expect(sure.getWeights()['out.bias'].data).not.toEqual(before['out.bias'].data);
    for (let i = 0; i < 5; i++) sure.trainOnBatch(x, wrong);
    expect(sure.trainOnBatch(x, wrong).loss).toBeLessThan(first);
  });
});

describe('takes the probabilities', () => {
  const clipped = -Math.log(1e-7);
  const allOfClass = tensor(new Float32Array(N * T).fill(2), [N, T]);

  it('of a layer inside another, as they are', () => {
    const inside = net(
      [timeDistributed({ layer: dense({ units: O, activation: 'softmax' }), name: 'out' })],
      sparseCategoricalCrossentropy(),
      60,
    );
    expect(inside.evaluate(x, allOfClass).loss).toBeCloseTo(clipped, 3);
  });

  it('of an output that another layer reads as well', () => {
    const start = input({ shape: [I] });
    const first = dense({ units: O, activation: 'softmax', name: 'first' }).apply(start);
    const second = dense({ units: 2, name: 'second' }).apply(first);
    const net = model({ inputs: start, outputs: [first, second], seed: 1 });
    const loss = ['sparseCategoricalCrossentropy', 'meanSquaredError'] as const;
    net.compile({ optimizer: 'sgd', loss: [...loss], lossWeights: [1, 0] });
    const bias = tensor(new Float32Array([200, -200, -200]), [O]);
    net.setWeights({ ...net.getWeights(), 'first.bias': bias });
    const rows = tensor(testData(3, 4 * I), [4, I]);
    const wanted = [tensor(new Float32Array(4).fill(2), [4]), tensor(testData(5, 8), [4, 2])];
    expect(net.evaluate(rows, wanted).loss).toBeCloseTo(clipped, 3);
  });
});
