import { describe, expect, it } from 'vitest';
import {
  adam,
  type CompileOptions,
  concatenate,
  dense,
  gru,
  input,
  load,
  type Model,
  model,
  sgd,
  type Tensor,
  tensor,
} from '../../src/index.js';
import { checkModel, kernelGradients, scaledDifference } from '../harness/gradient.js';
import { testData } from '../harness/random.js';

/** Largest difference from f64 of predictions, loss and gradients, over the largest value. Measured: 8e-7. */
const MAX_DIFFERENCE = 5e-6;
/** Weighted sum of the losses' gradients, against that of each loss alone. Measured: 2e-7. */
const SUM = 1e-6;

const [B, T] = [4, 3];
const data = (seed: number, shape: readonly number[], low?: number, high?: number): Tensor =>
  tensor(
    testData(
      seed,
      shape.reduce((a, b) => a * b, 1),
      low,
      high,
    ),
    shape,
  );

/** A series and attributes to a level, a class and a path. */
function make(): Model<Tensor[]> {
  const series = input({ shape: [T, 2], name: 'series' });
  const attributes = input({ shape: [3], name: 'attributes' });
  const steps = gru({ units: 4, returnSequences: true }).apply(series);
  const last = gru({ units: 3 }).apply(steps);
  const both = concatenate().apply([last, dense({ units: 2, activation: 'tanh' }).apply(attributes)]);
  const level = dense({ units: 1, name: 'level' }).apply(both);
  const kind = dense({ units: 3, activation: 'sigmoid', name: 'kind' }).apply(both);
  const path = dense({ units: 2, name: 'path' }).apply(steps);
  return model({ inputs: [series, attributes], outputs: [level, kind, path], seed: 4 });
}

const x = [data(1, [B, T, 2]), data(2, [B, 3])];
const y = [data(3, [B, 1]), data(4, [B, 3], 0.1, 0.9), data(5, [B, T, 2])];

function compiled(options: Omit<CompileOptions, 'optimizer'>): Model<Tensor[]> {
  const net = make();
  net.compile({ optimizer: adam(), ...options });
  return net;
}

it('agrees with f64 for several inputs and outputs', () => {
  const net = make();
  net.compile({ optimizer: sgd(), loss: ['mse', 'mse', 'mse'] });
  const { forward, loss, gradients } = checkModel(net as unknown as Model, x, y);
  expect(Math.max(forward, loss, ...Object.values(gradients))).toBeLessThan(MAX_DIFFERENCE);
});

it('weighs the loss of each output', () => {
  const loss = { level: 'mse', kind: 'binaryCrossentropy', path: 'huber' } as const;
  const run = (lossWeights: Record<string, number>) =>
    kernelGradients(compiled({ loss, lossWeights }) as unknown as Model, x, y);
  const alone = (['level', 'kind', 'path'] as const).map((name) =>
    run({ level: 0, kind: 0, path: 0, [name]: 1 }),
  );
  const weights = [2, 0.5, 3];
  const together = run({ level: 2, kind: 0.5, path: 3 });
  const sum = alone.reduce((total, part, i) => total + weights[i] * part.loss, 0);
  expect(Math.abs(together.loss - sum)).toBeLessThan(SUM * sum);
  for (const [name, got] of Object.entries(together.gradients)) {
    const expected = got.map((_, j) =>
      alone.reduce((s, part, i) => s + weights[i] * part.gradients[name][j], 0),
    );
    expect(scaledDifference(got, expected), name).toBeLessThan(SUM);
  }
});

it('takes losses, weights and metrics by output or in a list, for the same bits', () => {
  const named = compiled({
    loss: { path: 'huber', kind: 'binaryCrossentropy', level: 'mse' },
    lossWeights: { kind: 0.3 },
    metrics: { level: ['mae'], path: ['mse', 'mae'] },
  });
  const listed = compiled({
    loss: ['mse', 'binaryCrossentropy', 'huber'],
    lossWeights: [1, 0.3, 1],
    metrics: [['mae'], [], ['mse', 'mae']],
  });
  const byName = { level: y[0], kind: y[1], path: y[2] };
  for (let i = 0; i < 3; i++) {
    const logs = named.trainOnBatch({ series: x[0], attributes: x[1] }, byName);
    expect(logs).toEqual(listed.trainOnBatch(x, y));
    expect(Object.keys(logs).length).toBe(4);
  }
  expect(named.evaluate(x, y)).toEqual(listed.evaluate(x, y));
  const again = load(named.save());
  expect(again.trainOnBatch(x, y)).toEqual(named.trainOnBatch(x, y));
  expect(again.fingerprint()).toBe(named.fingerprint());
});

describe('compile refuses', () => {
  it.each([
    [
      'an output that is not there',
      { loss: { level: 'mse', kind: 'mse', paths: 'mse' } },
      /compile: loss: unknown output 'paths'; did you mean 'path'/,
    ],
    [
      'an output without a loss',
      { loss: { level: 'mse', kind: 'mse' } },
      /loss lacks an entry for output 'path'/,
    ],
    [
      'a weight that is no number',
      { loss: ['mse', 'mse', 'mse'], lossWeights: { kind: 'much' } },
      /lossWeights\[1\] must be a finite number/,
    ],
    [
      'metrics that are no list',
      { loss: ['mse', 'mse', 'mse'], metrics: { kind: 'mae' } },
      /metrics\[1\] must be a list/,
    ],
  ])('%s', (_what, options, message) => {
    expect(() => compiled(options as never)).toThrow(message);
  });
});
