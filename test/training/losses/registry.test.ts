import { describe, expect, it } from 'vitest';
import type { Loss, LossName } from '../../../src/training/losses/index.js';
import { LOSS_NAMES } from '../../../src/training/losses/registry.js';
import { ALL_NAMES } from '../../../src/training/named/names.js';
import { lossFrom, lossFromConfig } from '../../../src/training/names.js';
import { LOSS_CASES } from '../../losses/cases/index.js';

describe('lossFrom', () => {
  it.each(LOSS_NAMES)('knows %s', (name) => {
    const loss = lossFrom(ALL_NAMES, name as LossName);
    expect(lossFromConfig(ALL_NAMES, loss.name, loss.config).kernel).toBe(loss.kernel);
  });

  it.each([
    ['mse', 'meanSquaredError'],
    ['MSE', 'meanSquaredError'],
    ['mae', 'meanAbsoluteError'],
    ['MAE', 'meanAbsoluteError'],
    ['bce', 'binaryCrossentropy'],
    ['BCE', 'binaryCrossentropy'],
    ['kld', 'klDivergence'],
    ['KLD', 'klDivergence'],
  ] as const)('takes %s for %s', (alias, name) => {
    expect(lossFrom(ALL_NAMES, alias).name).toBe(name);
  });

  it('gives a loss back as it is', () => {
    const loss = lossFrom(ALL_NAMES, 'huber');
    expect(lossFrom(ALL_NAMES, loss)).toBe(loss);
  });

  it.each([
    ['binary_crossentropy', 'binaryCrossentropy'],
    ['meanSquarederror', 'meanSquaredError'],
    ['Mse', 'mse'],
    ['cosineSimilarty', 'cosineSimilarity'],
  ])('says of %s which known loss is nearest', (name, nearest) => {
    expect(() => lossFrom(ALL_NAMES, name as LossName)).toThrow(
      `compile: unknown loss '${name}'; did you mean '${nearest}'? Known: meanSquaredError, `,
    );
  });

  it('does not take what every object inherits for a loss', () => {
    expect(() => lossFrom(ALL_NAMES, 'toString' as LossName)).toThrow("unknown loss 'toString'");
    expect(() => lossFrom(ALL_NAMES, undefined as unknown as LossName)).toThrow('loss must be a name');
  });
});

describe('lossFromConfig', () => {
  it.each(LOSS_CASES)('rebuilds $label from JSON', ({ loss }) => {
    const written = JSON.parse(JSON.stringify({ name: loss.name, config: loss.config }));
    const again: Loss = lossFromConfig(ALL_NAMES, written.name, written.config);
    const facts = ({ name, config, kernel, params, ignoreClass }: Loss) => ({
      name,
      config,
      kernel,
      params,
      ignoreClass,
    });
    expect(facts(again)).toEqual(facts(loss));
  });

  it('names an unknown loss or option', () => {
    expect(() => lossFromConfig(ALL_NAMES, 'hubert', {})).toThrow(
      "load: unknown loss 'hubert'; did you mean 'huber'?",
    );
    expect(() => lossFromConfig(ALL_NAMES, 'huber', { dleta: 1 })).toThrow("huber: unknown option 'dleta'");
  });
});
