import { strFromU8, strToU8, unzipSync, zipSync } from 'fflate';
import { describe, expect, it, vi } from 'vitest';
import { exportKeras, importKeras } from '../../../src/formats/keras/index.js';
import { exportTfjs, importTfjs } from '../../../src/formats/tfjs/index.js';
import {
  adam,
  adamW,
  binaryCrossentropy,
  dense,
  embedding,
  exponentialDecay,
  FormatError,
  huber,
  input,
  lstm,
  type Model,
  metrics,
  model,
  type Optimizer,
  rmsprop,
  sequential,
  sgd,
  type Tensor,
} from '../../../src/index.js';
import golden from '../../golden/keras_files.json' with { type: 'json' };
import { testData } from '../../harness/random.js';
import { fileOf } from './files.js';

/** One step of 32-bit floats against doubles. */
const TOLERANCE = 1e-6;

describe('a compiled model of Keras', () => {
  const { file, x, y, loss, mae, kernel, bias } = golden.training;

  it('takes the step that Keras would take next, with what its optimizer kept', () => {
    const ours = importKeras(fileOf(file)) as Model<Tensor>;
    expect(ours.learningRate).toBe(0.01);
    const logs = ours.trainOnBatch(x, y);
    expect(logs.loss).toBeCloseTo(loss, 6);
    expect(logs.meanAbsoluteError ?? logs.mae).toBeCloseTo(mae, 6);
    const weights = ours.getWeights();
    kernel.forEach((v, i) => {
      expect(Math.abs(weights['dense_7.kernel'].data[i] - v)).toBeLessThan(TOLERANCE);
    });
    bias.forEach((v, i) => {
      expect(Math.abs(weights['dense_7.bias'].data[i] - v)).toBeLessThan(TOLERANCE);
    });
  });

  it('is read without its training when asked', () => {
    const ours = importKeras(fileOf(file), { compile: false });
    expect(ours.compiled).toBeNull();
    const legacy = golden.cases.find(({ name }) => name.startsWith('tf.keras 2, .h5: hard')) as {
      file: string;
    };
    const compiled = importKeras(fileOf(legacy.file)).compiled;
    expect([compiled?.optimizer.name, compiled?.losses[0].name]).toEqual(['adam', 'meanSquaredError']);
    expect(compiled?.metrics.flat().map(({ name }) => name)).toEqual(['mae']);
    expect(compiled?.optimizer.learningRate).toBe(0.002);
  });
});

/** A recurrent model, and a batch. */
function trained(optimizer: Optimizer, seed = 3) {
  const made = sequential(
    [input({ shape: [4, 3] }), lstm({ units: 5 }), dense({ units: 2, activation: 'sigmoid' })],
    {
      seed,
    },
  );
  const loss = binaryCrossentropy({ labelSmoothing: 0.1 });
  made.compile({ optimizer, loss, metrics: ['accuracy', metrics.auc({ curve: 'PR' })] });
  const x = { data: testData(1, 6 * 12), shape: [6, 4, 3] };
  const y = { data: testData(2, 12, 0, 1).map(Math.round), shape: [6, 2] };
  return { made, step: (own: Model<Tensor>) => own.trainOnBatch(x, y) };
}

describe('exportKeras of a compiled model', () => {
  it.each([
    ['adam', () => adam({ learningRate: 0.01, clipNorm: 1 })],
    ['adam, amsgrad', () => adam({ amsgrad: true })],
    ['adamW', () => adamW({ weightDecay: 0.01 })],
    ['sgd', () => sgd({ momentum: 0.9, nesterov: true })],
    ['rmsprop', () => rmsprop({ momentum: 0.5, centered: true })],
    [
      'a schedule',
      () =>
        adam({ learningRate: exponentialDecay({ initialLearningRate: 0.1, decaySteps: 2, decayRate: 0.5 }) }),
    ],
  ] as const)('trains on with the same bits once it is read: %s', (_name, optimizer) => {
    const { made, step } = trained(optimizer());
    for (let i = 0; i < 3; i++) step(made);
    const again = importKeras(exportKeras(made)) as Model<Tensor>;
    expect(again.compiled?.optimizer.config).toEqual(made.compiled?.optimizer.config);
    expect(again.compiled?.losses[0].config).toEqual(made.compiled?.losses[0].config);
    for (let i = 0; i < 3; i++) expect(step(again)).toEqual(step(made));
    expect(again.fingerprint()).toBe(made.fingerprint());
  });

  it('tells when the variables of a file are not those of its optimizer, as Keras does', () => {
    const { made, step } = trained(adam());
    step(made);
    const parts = unzipSync(exportKeras(made));
    const config = strFromU8(parts['config.json']).replace('"amsgrad":false', '"amsgrad":true');
    const file = zipSync({ ...parts, 'config.json': strToU8(config) });
    const warnings: string[] = [];
    const again = importKeras(file, { onWarning: (message) => warnings.push(message) }) as Model<Tensor>;
    expect(warnings).toEqual([
      'importKeras: the variables of the optimizer are not read: the file has 12, adam for these weights has 17; ' +
        'training goes on without them',
    ]);
    expect(again.fingerprint()).toBe(made.fingerprint());
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    importKeras(file);
    expect(warn.mock.calls).toEqual([warnings]);
    importKeras(exportKeras(made));
    importKeras(file, { compile: false });
    expect(warn).toHaveBeenCalledTimes(1);
    warn.mockRestore();
    expect(() => importKeras(file, { onWarning: 'no' as never })).toThrow(/onWarning must be a function/);
  });

  it('says in .h5 files and files of tfjs how it is compiled', () => {
    const { made } = trained(rmsprop({ learningRate: 0.02, rho: 0.8 }));
    const h5 = importKeras(exportKeras(made, { form: 'h5' })).compiled;
    expect(h5?.optimizer.config).toEqual(made.compiled?.optimizer.config);
    expect(h5?.losses[0].config).toEqual(made.compiled?.losses[0].config);
    made.compile({ optimizer: rmsprop({ learningRate: 0.02, rho: 0.8 }), loss: 'mse', metrics: ['mae'] });
    const tfjs = importTfjs(exportTfjs(made)).compiled;
    expect(tfjs?.optimizer.config).toEqual(made.compiled?.optimizer.config);
    expect([tfjs?.losses[0].name, tfjs?.metrics[0][0].name]).toEqual([
      'meanSquaredError',
      'meanAbsoluteError',
    ]);
  });

  it('keeps losses, weights and metrics of several outputs apart', () => {
    const x = input({ shape: [3], name: 'ids' });
    const h = lstm({ units: 4 }).apply(embedding({ inputDim: 5, outputDim: 2 }).apply(x));
    const [a, b] = ['a', 'b'].map((name) => dense({ units: 1, name }).apply(h));
    const both = model({ inputs: x, outputs: [a, b] });
    both.compile({
      optimizer: 'sgd',
      loss: [huber({ delta: 2 }), 'mae'],
      lossWeights: [1, 0.5],
      metrics: [['mse'], []],
    });
    const again = importKeras(exportKeras(both)).compiled;
    expect(again?.losses.map(({ name, config }) => [name, config])).toEqual([
      ['huber', { delta: 2 }],
      ['meanAbsoluteError', {}],
    ]);
    expect(again?.lossWeights).toEqual([1, 0.5]);
    expect(again?.metrics.map((list) => list.length)).toEqual([1, 0]);
  });

  it('refuses what Keras has not, and writes without it', () => {
    const { made } = trained(adam());
    made.compile({ optimizer: 'adam', loss: 'mse', metrics: ['perplexity'] });
    expect(() => exportKeras(made)).toThrow(FormatError);
    expect(() => exportKeras(made)).toThrow(
      /metric 'perplexity' is none that Keras has; \{ includeOptimizer: false \}/,
    );
    expect(importKeras(exportKeras(made, { includeOptimizer: false })).compiled).toBeNull();
    made.compile({ optimizer: adamW(), loss: 'mse' });
    expect(() => exportTfjs(made)).toThrow(/optimizer 'adamW' is none that tfjs has/);
    expect(importTfjs(exportTfjs(made, { includeOptimizer: false })).compiled).toBeNull();
  });
});
