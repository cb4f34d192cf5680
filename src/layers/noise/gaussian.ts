import { checkNumber } from '../../check.js';
import { checkOptionNames } from '../../errors.js';
import { at, type Ref } from '../../program/region.js';
import { sizeOf } from '../../shape.js';
import * as kernels from '../../wasm/generated/kernels.js';
import { type BaseOptions, type Binding, Layer, type LayerDefinition } from '../layer.js';
import { dropRate, layerLabel } from '../options.js';
import { restoreWith } from '../restore.js';

/** Options of {@link gaussianNoise}. */
export interface GaussianNoiseOptions extends BaseOptions {
  /** Standard deviation of the noise: 0 or more. */
  stddev: number;
}

/** Options of {@link gaussianDropout}. */
export interface GaussianDropoutOptions extends BaseOptions {
  /** Strength of the noise, as the rate of a dropout: 0 or more, below 1. */
  rate: number;
}

interface NoiseConfig {
  readonly stddev: number;
}

interface RateConfig {
  readonly rate: number;
}

const floats = (k: Binding): number => k.batch * sizeOf(k.inputShapes[0]);

const noise: LayerDefinition<NoiseConfig> = {
  type: 'gaussianNoise',
  restore: restoreWith(gaussianNoise),
  outputShapes: (_config, [x]) => [x],
  parameters: () => [],
  forward({ stddev }, k) {
    if (!k.training || stddev === 0) {
      k.setOutput(0, k.input());
      return;
    }
    const drawn = k.buffer('noise', floats(k));
    k.emit(kernels.normal_fill, drawn, k.rng, 0, floats(k), k.randomStream(0), 0, stddev);
    k.emit(kernels.add, k.output(), k.input(), drawn, floats(k));
  },
  backward: (_config, k) => k.setInputGradient(0, k.outputGradient() as Ref),
  masks: 'passes',
  step: 'forward',
};

const acts = ({ rate }: RateConfig, k: Binding): boolean => k.training && rate > 0;

const factors: LayerDefinition<RateConfig> = {
  type: 'gaussianDropout',
  restore: restoreWith(gaussianDropout),
  outputShapes: (_config, [x]) => [x],
  parameters: () => [],
  forward(config, k) {
    if (!acts(config, k)) {
      k.setOutput(0, k.input());
      return;
    }
    const { rate } = config;
    const deviation = Math.sqrt(rate / (1 - rate));
    const drawn = k.buffer('factors', floats(k));
    k.emit(kernels.normal_fill, drawn, k.rng, 0, floats(k), k.randomStream(0), 1, deviation);
    k.emit(kernels.mul, k.output(), k.input(), drawn, floats(k));
  },
  backward(config, k) {
    const dy = k.outputGradient() as Ref;
    if (!acts(config, k)) {
      k.setInputGradient(0, dy);
      return;
    }
    const dx = k.inputGradient();
    if (dx !== null) k.emit(kernels.mul, dx, dy, at(k.buffer('factors', floats(k))), floats(k));
  },
  masks: 'passes',
  step: 'forward',
};

/** How these layers are saved and rebuilt. */
export const GAUSSIAN_DEFINITIONS = [noise, factors] as unknown as readonly LayerDefinition[];

/**
 * Adds normal noise in training.   y = x + stddev · z
 *
 * z is keyed by the model's seed, the layer and the training step.
 *
 * @throws ValueError unless stddev is 0 or more
 */
export function gaussianNoise(options: GaussianNoiseOptions): Layer {
  const where = layerLabel(noise.type, options);
  checkOptionNames(where, options, ['stddev', 'name', 'trainable']);
  const config = { stddev: checkNumber(where, 'stddev', options.stddev, { min: 0 }) };
  return new Layer(noise, config, options.name, options.trainable) as unknown as Layer;
}

/**
 * Multiplies by normal noise in training (Srivastava et al. 2014).   y = x ⊙ (1 + √(rate / (1 − rate)) · z)
 *
 * z is keyed by the model's seed, the layer and the training step.
 *
 * @throws ValueError unless 0 ≤ rate < 1
 */
export function gaussianDropout(options: GaussianDropoutOptions): Layer {
  const where = layerLabel(factors.type, options);
  checkOptionNames(where, options, ['rate', 'name', 'trainable']);
  const config = { rate: dropRate(where, 'rate', options.rate) };
  return new Layer(factors, config, options.name, options.trainable) as unknown as Layer;
}
