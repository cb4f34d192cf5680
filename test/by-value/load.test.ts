import { describe, expect, it } from 'vitest';
import * as training from '../../src/by-value/index.js';
import * as named from '../../src/index.js';
import { ownGru } from '../harness/own-cells.js';

const {
  adam,
  binaryCrossentropy,
  cosineDecay,
  dense,
  input,
  kinds,
  load,
  lstm,
  meanSquaredError,
  metrics,
  sequential,
  sgd,
} = training;

const x = { data: Float32Array.from({ length: 90 }, (_, i) => Math.sin(i * 0.7)), shape: [6, 5, 3] };
const y = { data: Float32Array.from([0, 1, 1, 0, 1, 0]), shape: [6, 1] };

const layers = () => [
  input({ shape: [5, 3] }),
  lstm({ units: 5, returnSequences: true, recurrentDropout: 0.2 }),
  training.gru({ units: 3 }),
  dense({ units: 1, activation: 'sigmoid' }),
];

const compiled = () => {
  const model = sequential(layers(), { seed: 11 });
  const rate = cosineDecay({ initialLearningRate: 0.02, decaySteps: 20 });
  model.compile({
    optimizer: adam({ learningRate: rate, gradientAccumulationSteps: 2 }),
    loss: binaryCrossentropy({ labelSmoothing: 0.1 }),
    metrics: [metrics.auc({ numThresholds: 50 }), metrics.binaryAccuracy()],
  });
  return model;
};

const KINDS = [kinds.lstm, kinds.gru, kinds.dense];
const GIVEN = {
  layers: KINDS,
  losses: { binaryCrossentropy },
  optimizers: { adam },
  metrics: { auc: metrics.auc, binaryAccuracy: metrics.binaryAccuracy },
  schedules: { cosineDecay },
};

describe('load of recurra/training', () => {
  it('goes on bit for bit where a training run stopped, as load of recurra does', () => {
    const model = compiled();
    for (let step = 0; step < 3; step++) model.trainOnBatch(x, y);
    const bytes = model.save();
    const [here, there] = [load(bytes, GIVEN), named.load(bytes)];
    expect(there.save()).toEqual(bytes);
    expect(here.save()).toEqual(bytes);
    for (let step = 0; step < 4; step++) {
      const logs = model.trainOnBatch(x, y);
      expect(here.trainOnBatch(x, y)).toEqual(logs);
      expect(there.trainOnBatch(x, y)).toEqual(logs);
    }
    expect(here.evaluate(x, y)).toEqual(model.evaluate(x, y));
    expect(here.fingerprint()).toBe(model.fingerprint());
    expect(there.fingerprint()).toBe(model.fingerprint());
  });

  it.each([
    [
      'layers',
      { layers: [kinds.dense] },
      "layer of type 'lstm', which is not among layers",
      '[kinds.dense, kinds.lstm]',
    ],
    [
      'losses',
      { losses: { meanSquaredError } },
      "'binaryCrossentropy', which is not among losses",
      '{ losses: { meanSquaredError, binaryCrossentropy } }',
    ],
    ['optimizers', { optimizers: {} }, "'adam', which is not among optimizers", '{ optimizers: { adam } }'],
    [
      'metrics',
      { metrics: { auc: metrics.auc } },
      "'binaryAccuracy', which is not among metrics",
      '{ metrics: { auc, binaryAccuracy } }',
    ],
    [
      'schedules',
      { schedules: undefined },
      "'cosineDecay', which is not among schedules",
      '{ schedules: { cosineDecay } }',
    ],
  ])('says which of the %s are missing', (_, less, what, pass) => {
    const read = () => load(compiled().save(), { ...GIVEN, ...less });
    expect(read).toThrow(training.UnknownNameError);
    expect(read).toThrow(what);
    expect(read).toThrow(pass);
  });

  it('takes functions by their names and kinds of layers, nothing else', () => {
    const bytes = compiled().save();
    expect(() => load(bytes, { ...GIVEN, optimizers: [adam] as never })).toThrow(
      'load: optimizers must hold functions by their names, such as { adam }, got',
    );
    expect(() =>
      load(bytes, { ...GIVEN, losses: { binaryCrossentropy: binaryCrossentropy() as never } }),
    ).toThrow('load: losses must hold functions by their names, such as { adam }, got');
    expect(() => load(bytes, { ...GIVEN, layers: [lstm as never] })).toThrow(
      'load: layers must be kinds of layers, such as kinds.lstm, got',
    );
    expect(() => load(bytes, { ...GIVEN, optimizer: adam } as never)).toThrow("unknown option 'optimizer'");
  });

  it('needs no more than kinds for a model that was not compiled', () => {
    const model = sequential(layers(), { seed: 11 });
    expect(load(model.save(), { layers: KINDS }).predict(x)).toEqual(model.predict(x));
  });

  it('reads an LSTM with variants and a cell of one’s own', () => {
    const model = sequential(
      [
        input({ shape: [5, 3] }),
        training.lstmVariant({ units: 4, peephole: true, returnSequences: true }),
        training.rnn({ cell: ownGru, units: 3 }),
      ],
      { seed: 2 },
    );
    const own = kinds.custom(ownGru as never);
    expect(() => load(model.save(), { layers: [kinds.lstm, own] })).toThrow(
      'take lstmVariant in place of lstm',
    );
    const again = load(model.save(), { layers: [kinds.lstmVariant, own] });
    expect(again.predict(x)).toEqual(model.predict(x));
  });
});

describe('models of recurra/training and of recurra', () => {
  it('are the same: classes, bits, files', () => {
    const options = {
      optimizer: sgd({ learningRate: 0.1 }),
      loss: meanSquaredError(),
      metrics: [metrics.auc()],
    };
    const make = (one: typeof sequential) => one(layers(), { seed: 3 });
    const [mine, other] = [make(sequential), make(named.sequential as never)];
    for (const model of [mine, other]) {
      model.compile(options);
      model.trainOnBatch(x, y);
    }
    expect(mine.fingerprint()).toBe(other.fingerprint());
    expect(mine.save()).toEqual(other.save());
    expect(named.lstm({ units: 2 })).toBeInstanceOf(training.Layer);
    const mixed = named.sequential([named.input({ shape: [5, 3] }), mine as never], { seed: 3 });
    expect(mixed.predict(x)).toEqual(mine.predict(x));
  });
});
