import { describe, expect, it } from 'vitest';
import {
  dense,
  gru,
  input,
  load,
  quantizationReport,
  quantize,
  sequential,
  tensor,
} from '../../../src/index.js';
import { testData } from '../../harness/random.js';
import { describeRecurrent } from '../../harness/recurrent-suite.js';

describeRecurrent(
  {
    'gru, normalised': (options) => gru({ ...options, layerNormalization: true }),
    'gru, normalised, update gate on the candidate': (options) =>
      gru({ ...options, layerNormalization: true, updateGate: 'candidate', activation: 'softsign' }),
  },
  // Measured: 1.3e-6 (3.0e-6 in both directions), 9.9e-4: the slopes are differences of f32 losses.
  { model: 3e-6, slope: 1.5e-3, step: 0.004 },
);

describe('a normalised gru', () => {
  const layers = () => [input({ shape: [5, 3] }), gru({ units: 4, layerNormalization: true })];

  it('has gains that start at 1, and the bias of a gru', () => {
    const weights = sequential(layers()).getWeights();
    expect(Object.entries(weights).map(([name, { shape }]) => [name, shape])).toEqual([
      ['gru.kernel', [3, 12]],
      ['gru.recurrentKernel', [4, 12]],
      ['gru.bias', [2, 12]],
      ['gru.kernelGamma', [12]],
      ['gru.recurrentGamma', [12]],
    ]);
    for (const name of ['gru.kernelGamma', 'gru.recurrentGamma']) {
      expect(weights[name].data).toEqual(new Float32Array(12).fill(1));
    }
  });

  it('does not depend on the scale of its input, but for epsilon', () => {
    const net = sequential(layers(), { seed: 3 });
    const x = testData(1, 2 * 5 * 3, -40, 60);
    const [one, two] = [1, 1000].map(
      (scale) =>
        net.predict(
          tensor(
            x.map((v) => scale * v),
            [2, 5, 3],
          ),
        ).data,
    );
    const largest = one.reduce((most, v, i) => Math.max(most, Math.abs(v - two[i])), 0);
    expect(largest).toBeLessThan(1e-5);
    expect(one).not.toEqual(two);
  });

  it.each(['resetBefore', 'updateGated', 'split'] as const)('refuses form %s, and says why', (form) => {
    expect(() => gru({ units: 4, layerNormalization: true, form })).toThrow(
      new RegExp(`gru: layerNormalization needs form 'resetAfter', whose products .* got '${form}'`),
    );
  });

  it('stays in f32 when a model is quantised', () => {
    expect(() => quantize(sequential(layers()))).toThrow(
      /gru: layerNormalization of a gru has no 8-bit form/,
    );
    const net = sequential([...layers(), dense({ units: 40 })]);
    const report = quantizationReport(net, quantize(net), tensor(testData(1, 30), [2, 5, 3]));
    expect(report.layers[0].reason).toBe('layerNormalization of a gru has no 8-bit form');
    expect(load(net.save()).fingerprint()).toBe(net.fingerprint());
  });
});
