import { describe, expect, it } from 'vitest';
import * as training from '../../src/by-value/index.js';
import * as named from '../../src/index.js';

const { adam, dense, earlyStopping, input, lstm, meanSquaredError, metrics, sequential, sgd } = training;

const small = () => sequential([input({ shape: [2] }), dense({ units: 1 })], { seed: 1 });
const x = [
  [1, 2],
  [3, 4],
];
const y = [[1], [0]];

describe('compile of recurra/training', () => {
  it('takes values, and refuses names by saying what to pass', () => {
    const model = small();
    model.compile({ optimizer: sgd(), loss: meanSquaredError() });
    const before = model.trainOnBatch(x, y);
    const [optimizer, loss] = [adam(), meanSquaredError()];
    // @ts-expect-error a name
    const named = () => model.compile({ optimizer: 'adam', loss });
    expect(named).toThrow(training.UnknownNameError);
    expect(named).toThrow(
      "compile: optimizer 'adam' is a name, and recurra/training has no table of names: pass",
    );
    expect(named).toThrow("adam(), or import from 'recurra'");
    // @ts-expect-error a name
    expect(() => model.compile({ optimizer, loss: 'mse' })).toThrow("compile: loss 'mse' is a name");
    // @ts-expect-error a name
    const metric = () => model.compile({ optimizer, loss, metrics: ['accuracy'] });
    expect(metric).toThrow("compile: metric 'accuracy' is a name");
    // @ts-expect-error recurra has a default, by its name
    expect(() => model.compile({ loss })).toThrow('compile: optimizer must be');
    // @ts-expect-error a schedule that is not one
    expect(() => adam({ learningRate: { name: 'cosineDecay', config: {} } })).toThrow('adam: learningRate');
    expect(model.evaluate(x, y).loss).toBeLessThan(before.loss);
  });

  it('has an LSTM without variants and one with them, both of which are the LSTM of recurra', () => {
    // @ts-expect-error an option of lstmVariant
    expect(() => lstm({ units: 2, peephole: true })).toThrow('lstm: it has peephole: take lstmVariant');
    const print = (layer: training.Layer) =>
      named.sequential([named.input({ shape: [4, 3] }), layer]).fingerprint();
    expect(print(lstm({ units: 4 }))).toBe(print(named.lstm({ units: 4 })));
    expect(print(training.lstmVariant({ units: 4, coupled: true }))).toBe(
      print(named.lstm({ units: 4, coupled: true })),
    );
    expect(lstm({ units: 2, name: 'reader', trainable: false }).label).toBe('reader');
  });

  it('callbacks ask the metrics of the model which way is better', async () => {
    const model = small();
    model.compile({
      optimizer: sgd({ learningRate: 0 }),
      loss: meanSquaredError(),
      metrics: [metrics.auc()],
    });
    const stop = earlyStopping({ monitor: 'auc', patience: 1 });
    const { epoch } = await model.fit(x, y, { epochs: 5, callbacks: [stop], verbose: 0 });
    expect(epoch).toEqual([0, 1]);
  });

  it('a quantised model is compiled as the model it was made from, and takes names where that one does', () => {
    const make = (one: typeof sequential) =>
      one([input({ shape: [4, 3] }), lstm({ units: 8 }), dense({ units: 1 })], { seed: 1 });
    const model = make(sequential);
    const optimizer = adam({ learningRate: training.cosineDecay({ initialLearningRate: 1, decaySteps: 9 }) });
    model.compile({ optimizer, loss: meanSquaredError() });
    const copy = training.quantize(model);
    expect(copy.learningRate).toBe(1);
    const data = new Float32Array(24).map((_, i) => Math.cos(i));
    const inputs = { data, shape: [2, 4, 3] };
    expect(copy.evaluate(inputs, y).loss).toBeCloseTo(model.evaluate(inputs, y).loss, 1);
    // @ts-expect-error a name
    expect(() => copy.compile({ optimizer, loss: 'mse' })).toThrow('is a name');
    const other = named.quantize(make(named.sequential as never) as unknown as named.Model);
    other.compile({ loss: 'mse' });
    expect(other.evaluate(inputs, y).loss).toBe(copy.evaluate(inputs, y).loss);
  });
});

describe('recurra/training', () => {
  it('has every value that recurra has, under its name', () => {
    const missing = Object.keys(named).filter((name) => !Object.hasOwn(training, name));
    expect(missing).toEqual([]);
    const more = Object.keys(training).filter((name) => !Object.hasOwn(named, name));
    expect(more.sort()).toEqual([
      'adaptiveSoftmaxLoss',
      'crfLoss',
      'kinds',
      'lstmVariant',
      'sampledSoftmaxLoss',
    ]);
  });

  it('makes the models of sequences to sequences', () => {
    const options = { sourceVocabularySize: 5, targetVocabularySize: 6, units: 4, seed: 3 };
    expect(training.encoderDecoder(options).fingerprint()).toBe(named.encoderDecoder(options).fingerprint());
  });
});
