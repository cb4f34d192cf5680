// A model saved after any batch and loaded trains on with the bits of one that never stopped.
import { describe, expect, it } from 'vitest';
import {
  adadelta,
  adagrad,
  adam,
  adamax,
  adamW,
  bidirectional,
  cosineDecay,
  cosineDecayRestarts,
  dense,
  dropout,
  embedding,
  exponentialDecay,
  gru,
  input,
  inverseTimeDecay,
  l1l2,
  l2,
  load,
  lstm,
  type Model,
  maxNorm,
  model,
  type Numerics,
  nadam,
  type Optimizer,
  piecewiseConstantDecay,
  polynomialDecay,
  prepare,
  rmsprop,
  sequential,
  sgd,
  simpleRNN,
  type Tensor,
  tensor,
} from '../../src/index.js';
import { testData, testRandom } from '../harness/random.js';

const T = 5;
const I = 3;
const CLASSES = 3;
const BATCHES = 7;

const x = (seed: number, batch: number): Tensor => tensor(testData(seed, batch * T * I), [batch, T, I]);

function labels(seed: number, batch: number): Tensor {
  const next = testRandom(seed);
  return tensor(
    Float32Array.from({ length: batch }, () => Math.floor(CLASSES * next())),
    [batch],
  );
}

/** Everything random at once: masks on inputs, on states and between layers. */
function dropoutStack(optimizer: Optimizer, numerics: Numerics = 'portable'): Model {
  const net = sequential(
    [
      input({ shape: [T, I] }),
      lstm({ units: 6, dropout: 0.2, recurrentDropout: 0.3, returnSequences: true }),
      dropout({ rate: 0.3 }),
      simpleRNN({ units: 4, dropout: 0.1, returnSequences: true }),
      bidirectional({ layer: gru({ units: 3, recurrentDropout: 0.25 }) }),
      dense({ units: CLASSES, activation: 'softmax' }),
    ],
    { seed: 7, numerics },
  );
  net.compile({ optimizer, loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] });
  return net;
}

/** Batches of 4 and 3 samples in turn. */
function train(net: Model, from: number, to: number): unknown[] {
  const logs: unknown[] = [];
  for (let b = from; b < to; b++) {
    const size = b % 2 === 0 ? 4 : 3;
    logs.push(net.trainOnBatch(x(b, size), labels(b, size)));
  }
  return logs;
}

/** Stops after each of `stops` batches; what follows must not differ in a bit, slots and counters included. */
function expectResumes(make: () => Model, stops: readonly number[], step = train): void {
  const whole = make();
  const logs = step(whole, 0, BATCHES);
  const start = make().fingerprint();
  expect(whole.fingerprint()).not.toBe(start);
  for (const stop of stops) {
    const first = make();
    expect(step(first, 0, stop)).toEqual(logs.slice(0, stop));
    const again = load(first.save(), { numerics: first.numerics });
    expect(again.fingerprint(), `loaded after batch ${stop}`).toBe(first.fingerprint());
    expect(again.save(), `saved again after batch ${stop}`).toEqual(first.save());
    expect(step(again, stop, BATCHES), `stopped after batch ${stop}`).toEqual(logs.slice(stop));
    expect(again.fingerprint(), `stopped after batch ${stop}`).toBe(whole.fingerprint());
    expect(again.save(), `stopped after batch ${stop}`).toEqual(whole.save());
  }
}

const OPTIMIZERS: Record<string, () => Optimizer> = {
  sgd: () => sgd({ learningRate: 0.1 }),
  'sgd momentum': () => sgd({ learningRate: 0.1, momentum: 0.9, nesterov: true, weightDecay: 0.01 }),
  adam: () => adam({ learningRate: 0.01, clipNorm: 0.1 }),
  'adam amsgrad': () => adam({ learningRate: 0.01, amsgrad: true, globalClipNorm: 0.2 }),
  adamW: () => adamW({ learningRate: 0.01, clipValue: 0.05 }),
  rmsprop: () => rmsprop({ learningRate: 0.01 }),
  'rmsprop centered': () => rmsprop({ learningRate: 0.01, momentum: 0.5, centered: true }),
  adagrad: () => adagrad({ learningRate: 0.05 }),
  adadelta: () => adadelta({ learningRate: 1 }),
  adamax: () => adamax({ learningRate: 0.01 }),
  nadam: () => nadam({ learningRate: 0.01 }),
};

describe('each optimizer, with dropout', () => {
  it.each(Object.entries(OPTIMIZERS))('%s', (_, make) => {
    expectResumes(() => dropoutStack(make()), [3]);
  });

  it('after every batch, before the first and after the last too', () => {
    const stops = Array.from({ length: BATCHES + 1 }, (_, i) => i);
    expectResumes(() => dropoutStack(adam({ learningRate: 0.01 })), stops);
  });

  it('in relaxed numerics, where the engine has them', async () => {
    const { numerics } = await prepare({ numerics: 'relaxed' });
    expectResumes(() => dropoutStack(adam({ learningRate: 0.01 }), numerics), [3]);
  });
});

describe('accumulation of gradients', () => {
  it.each(['adam', 'nadam', 'sgd momentum'])('%s, stopped within and between', (name) => {
    const { config } = OPTIMIZERS[name]();
    const make = { adam, nadam, 'sgd momentum': sgd }[name as 'adam'];
    const stops = [1, 2, 3, 4, 5, 6];
    expectResumes(() => dropoutStack(make({ ...config, gradientAccumulationSteps: 3 })), stops);
  });
});

describe('learning rates', () => {
  it.each([
    exponentialDecay({ initialLearningRate: 0.02, decaySteps: 3, decayRate: 0.5 }),
    cosineDecay({ initialLearningRate: 0.001, decaySteps: 5, warmupTarget: 0.02, warmupSteps: 2 }),
    cosineDecayRestarts({ initialLearningRate: 0.02, firstDecaySteps: 3, mMul: 0.8 }),
    piecewiseConstantDecay({ boundaries: [2, 4], values: [0.03, 0.01, 0.02] }),
    polynomialDecay({ initialLearningRate: 0.02, decaySteps: 5, power: 2 }),
    inverseTimeDecay({ initialLearningRate: 0.02, decaySteps: 2, decayRate: 0.5 }),
  ])('$name', (learningRate) => {
    expectResumes(() => dropoutStack(adam({ learningRate })), [2, 3]);
  });

  it('set by hand between batches', () => {
    const byHand = (net: Model, from: number, to: number): unknown[] => {
      const logs: unknown[] = [];
      for (let b = from; b < to; b++) {
        logs.push(...train(net, b, b + 1));
        if (b === 2) net.learningRate = 0.003;
      }
      return logs;
    };
    expectResumes(() => dropoutStack(adam({ learningRate: 0.01 })), [3, 5], byHand);
  });
});

describe('what a model may hold', () => {
  it('the carried state of stateful layers', () => {
    const make = (): Model => {
      const net = sequential(
        [
          input({ shape: [T, I] }),
          lstm({ units: 6, stateful: true, returnSequences: true, dropout: 0.2 }),
          simpleRNN({ units: 5, stateful: true, returnSequences: true }),
          gru({ units: 4, stateful: true, resetAfter: false }),
          dense({ units: CLASSES, activation: 'softmax' }),
        ],
        { seed: 3 },
      );
      net.compile({ optimizer: adam({ learningRate: 0.02 }), loss: 'sparseCategoricalCrossentropy' });
      return net;
    };
    const step = (net: Model, from: number, to: number): unknown[] => {
      const logs: unknown[] = [];
      for (let b = from; b < to; b++) logs.push(net.trainOnBatch(x(b, 4), labels(b, 4)));
      return logs;
    };
    expectResumes(make, [1, 3, 6], step);
    // Not by chance: without the state, what follows is another.
    const kept = make();
    step(kept, 0, 3);
    const reset = load(kept.save());
    reset.resetStates();
    expect(step(reset, 3, 4)).not.toEqual(step(kept, 3, 4));
  });

  it('penalties, constraints, frozen layers, a table', () => {
    const V = 9;
    const make = (): Model => {
      const net = sequential(
        [
          input({ shape: [T] }),
          embedding({
            inputDim: V,
            outputDim: 4,
            embeddingsConstraint: maxNorm({ maxValue: 0.06, axis: 1 }),
          }),
          lstm({ units: 5, kernelRegularizer: l2(0.01), returnSequences: true, trainable: false }),
          gru({ units: 6, recurrentRegularizer: l1l2({ l1: 0.001, l2: 0.002 }), biasConstraint: 'nonNeg' }),
          dense({ units: CLASSES, kernelConstraint: maxNorm(0.9), activation: 'softmax' }),
        ],
        { seed: 11 },
      );
      net.compile({ optimizer: adam({ learningRate: 0.02 }), loss: 'sparseCategoricalCrossentropy' });
      return net;
    };
    const step = (net: Model, from: number, to: number): unknown[] => {
      const logs: unknown[] = [];
      for (let b = from; b < to; b++) {
        const ids = tensor(
          testData(b, 4 * T, 0, V).map((v) => Math.floor(v)),
          [4, T],
        );
        logs.push(net.trainOnBatch(ids, labels(b, 4)));
      }
      return logs;
    };
    expectResumes(make, [2, 5], step);
  });

  it('several inputs and outputs, a layer used twice, given initial states', () => {
    const make = (): Model => {
      const [a, b] = [input({ shape: [T, I], name: 'a' }), input({ shape: [T, I], name: 'b' })];
      const shared = lstm({ units: 4, returnSequences: true, returnState: true, recurrentDropout: 0.3 });
      const [ya, ha, ca] = shared.applyAll(a);
      const [, hb] = shared.applyAll(b, { initialState: [ha, ca] });
      const drop = dropout({ rate: 0.4 });
      const classes = dense({ units: CLASSES, activation: 'softmax', name: 'classes' }).apply(drop.apply(hb));
      const path = dense({ units: 2, name: 'path' }).apply(drop.apply(ya));
      const net = model({ inputs: [a, b], outputs: [classes, path], seed: 5 });
      net.compile({
        optimizer: adam({ learningRate: 0.02 }),
        loss: ['sparseCategoricalCrossentropy', 'huber'],
        lossWeights: [1, 0.5],
        metrics: [['accuracy'], ['mae']],
      });
      return net as unknown as Model;
    };
    const step = (net: Model, from: number, to: number): unknown[] => {
      const logs: unknown[] = [];
      for (let b = from; b < to; b++) {
        const path = tensor(testData(b + 90, 4 * T * 2), [4, T, 2]);
        logs.push(net.trainOnBatch([x(b, 4), x(b + 50, 4)], [labels(b, 4), path]));
      }
      return logs;
    };
    expectResumes(make, [1, 4], step);
  });
});

describe('fit', () => {
  const N = 23;
  const [data, target] = [x(200, N), labels(200, N)];
  const options = { batchSize: 5, shuffle: true, verbose: 0 } as const;

  it.each([1, 2])('goes on after epoch %i with the shuffles and masks that were to come', async (stop) => {
    const make = (): Model => dropoutStack(adam({ learningRate: 0.01, gradientAccumulationSteps: 3 }));
    const whole = make();
    const { history } = await whole.fit(data, target, { ...options, epochs: 4, validationSplit: 0.2 });
    const first = make();
    await first.fit(data, target, { ...options, epochs: stop, validationSplit: 0.2 });
    const again = load(first.save());
    const rest = await again.fit(data, target, {
      ...options,
      epochs: 4,
      initialEpoch: stop,
      validationSplit: 0.2,
    });
    expect(rest.history.loss).toEqual(history.loss.slice(stop));
    expect(rest.history).toEqual(
      Object.fromEntries(Object.entries(history).map(([k, v]) => [k, v.slice(stop)])),
    );
    expect(again.fingerprint()).toBe(whole.fingerprint());
    expect(again.save()).toEqual(whole.save());
  });

  it('shuffles: another order gives other bits', async () => {
    const run = async (shuffle: boolean): Promise<string> => {
      const net = dropoutStack(adam({ learningRate: 0.01 }));
      await net.fit(data, target, { ...options, shuffle, epochs: 1 });
      return net.fingerprint();
    };
    expect(await run(true)).not.toBe(await run(false));
  });
});
