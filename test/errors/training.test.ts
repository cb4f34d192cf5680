import { describe, expect, it } from 'vitest';
import {
  DataError,
  dense,
  embedding,
  input,
  lstm,
  type Model,
  NonFiniteLossError,
  RecurraError,
  StateError,
  sequential,
  sgd,
  tensor,
  terminateOnNaN,
  ValueError,
} from '../../src/index.js';
import { testData } from '../harness/random.js';

const T = 3;
const x = () => tensor(testData(1, 8 * T * 2), [8, T, 2]);
const y = () => tensor(testData(2, 8), [8, 1]);

function net(learningRate = 0.01): Model {
  const made = sequential([input({ shape: [T, 2] }), lstm({ units: 3 }), dense({ units: 1 })], { seed: 1 });
  made.compile({ optimizer: sgd({ learningRate }), loss: 'mse' });
  return made as Model;
}

const quiet = { verbose: 0 } as const;

/** Runs what must fail, and shows that the model is as it was and trains on. */
async function refused(model: Model, attempt: () => unknown): Promise<RecurraError> {
  const before = model.fingerprint();
  let caught: unknown;
  try {
    await attempt();
  } catch (error) {
    caught = error;
  }
  expect(caught).toBeInstanceOf(RecurraError);
  expect(model.fingerprint()).toBe(before);
  expect(Number.isFinite(model.trainOnBatch(x(), y()).loss)).toBe(true);
  return caught as RecurraError;
}

describe('fit refuses', () => {
  it.each([
    ['NaN', Number.NaN],
    ['Infinity', Number.POSITIVE_INFINITY],
  ])('%s in the data and names sample, step and feature', async (name, value) => {
    const model = net();
    const data = x();
    data.data[(5 * T + 2) * 2 + 1] = value;
    const error = await refused(model, () => model.fit(data, y(), quiet));
    expect(error).toBeInstanceOf(DataError);
    expect(error.message).toMatch(new RegExp(`sample 5, step 2, feature 1 is ${name}`));
  });

  it('NaN in the targets', async () => {
    const model = net();
    const target = y();
    target.data[6] = Number.NaN;
    const error = await refused(model, () => model.fit(x(), target, quiet));
    expect(error.message).toMatch(/sample 6/);
  });

  it.each([
    [
      'a wrong rank',
      () => tensor(testData(1, 16), [8, 2]),
      /input has shape \[8, 2\], expected \[batch, 3, 2\]/,
    ],
    ['a wrong length', () => tensor(testData(1, 64), [8, 4, 2]), /\[8, 4, 2\], expected \[batch, 3, 2\]/],
    ['another number of samples', () => tensor(testData(1, 42), [7, 3, 2]), /targets have shape \[8, 1\]/],
  ])('data of %s', async (_what, data, message) => {
    const model = net();
    const error = await refused(model, () => model.fit(data(), y(), quiet));
    expect(error.message).toMatch(message);
  });

  it.each([
    [{ epochs: -1 }, /fit: epochs/],
    [{ batchSize: 0 }, /fit: batchSize/],
    [{ validationSplit: 1.5 }, /validationSplit/],
    [{ batchsize: 4 }, /unknown option 'batchsize'; did you mean 'batchSize'/],
    [{ sampleWeight: [1, 2] }, /sampleWeight/],
  ])('options %o', async (options, message) => {
    const model = net();
    const error = await refused(model, () => model.fit(x(), y(), { ...quiet, ...options } as object));
    expect(error).toBeInstanceOf(RecurraError);
    expect(error.message).toMatch(message);
  });

  it('before compile', async () => {
    const bare = sequential([input({ shape: [T, 2] }), lstm({ units: 3 })]);
    await expect(bare.fit(x(), y())).rejects.toThrow(StateError);
  });

  it('a second fit while one is running', async () => {
    const model = net();
    const first = model.fit(x(), y(), { ...quiet, epochs: 3 });
    await expect(model.fit(x(), y(), quiet)).rejects.toThrow(StateError);
    expect((await first).epoch).toEqual([0, 1, 2]);
  });

  it('class ids out of range, naming the sample', async () => {
    const made = sequential([input({ shape: [2] }), dense({ units: 3, activation: 'softmax' })]);
    made.compile({ optimizer: 'sgd', loss: 'sparseCategoricalCrossentropy' });
    const before = made.fingerprint();
    await expect(
      made.fit(
        [
          [0, 1],
          [1, 0],
        ],
        [1, 3],
        quiet,
      ),
    ).rejects.toThrow(/sample 1 is 3, expected/);
    expect(made.fingerprint()).toBe(before);
  });

  it('ids outside the vocabulary', async () => {
    const made = sequential([
      input({ shape: [2] }),
      embedding({ inputDim: 4, outputDim: 2 }),
      lstm({ units: 1 }),
    ]);
    made.compile({ optimizer: 'sgd', loss: 'mse' });
    await expect(made.fit([[0, 4]], [[0]], quiet)).rejects.toThrow(/embedding.*sample 0.*is 4/);
  });
});

describe('a loss that stops being a number', () => {
  it('ends fit, names epoch and batch, and gives the weights of the last finite epoch back', async () => {
    const model = net(1e30);
    const before = model.fingerprint();
    await expect(model.fit(x(), y(), { ...quiet, epochs: 4, batchSize: 2 })).rejects.toThrow(
      NonFiniteLossError,
    );
    await expect(model.fit(x(), y(), { ...quiet, epochs: 4, batchSize: 2 })).rejects.toThrow(/epoch 1/);
    expect(model.fingerprint()).toBe(before);
    model.learningRate = 0.01;
    const { history } = await model.fit(x(), y(), quiet);
    expect(Number.isFinite(history.loss[0])).toBe(true);
  });

  it('ends quietly with terminateOnNaN', async () => {
    const model = net(1e30);
    const before = model.fingerprint();
    await model.fit(x(), y(), { ...quiet, epochs: 4, batchSize: 2, callbacks: [terminateOnNaN()] });
    expect(model.fingerprint()).toBe(before);
  });
});

describe('a callback that throws', () => {
  it('ends fit with its own error and leaves a model that trains on', async () => {
    const model = net();
    const failing = {
      onBatchEnd() {
        throw new Error('mine');
      },
    };
    await expect(model.fit(x(), y(), { ...quiet, callbacks: [failing] })).rejects.toThrow('mine');
    const { history } = await model.fit(x(), y(), quiet);
    expect(Number.isFinite(history.loss[0])).toBe(true);
  });
});

describe('a batch too large for memory', () => {
  it('is refused with what was asked for, and a smaller one works', () => {
    const made = sequential([input({ shape: [null, 64] }), lstm({ units: 512 }), dense({ units: 1 })]);
    made.compile({ optimizer: 'sgd', loss: 'mse' });
    const before = made.fingerprint();
    const huge = tensor(new Float32Array(64 * 8192), [1, 8192, 64]);
    const many = tensor(new Float32Array(64 * 64 * 8192), [64, 8192, 64]);
    const targets = tensor(new Float32Array(64), [64, 1]);
    expect(() => made.trainOnBatch(many, targets)).toThrow(/batch|GiB/);
    expect(made.fingerprint()).toBe(before);
    expect(made.predict(huge).shape).toEqual([1, 1]);
  });
});

describe('units that are no size', () => {
  it.each([0, -1, 1.5, Number.NaN, '8', null])('%o', (units) => {
    expect(() => lstm({ units } as { units: number })).toThrow(ValueError);
    expect(() => dense({ units } as { units: number })).toThrow(/dense: units must be a whole number/);
  });
});
