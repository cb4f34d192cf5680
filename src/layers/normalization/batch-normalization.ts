import { checkNumber } from '../../check.js';
import { checkOptionNames } from '../../errors.js';
import { at, type Ref } from '../../program/region.js';
import { sizeOf } from '../../shape.js';
import * as kernels from '../../wasm/generated/kernels.js';
import type { InitializerLike } from '../initializers/index.js';
import { type Binding, Layer, type LayerDefinition } from '../layer.js';
import { layerLabel } from '../options.js';
import { restoreWith } from '../restore.js';
import { declareWeight, type WeightConfig, weightConfig } from '../weight.js';
import {
  AFFINE_NAMES,
  type AffineConfig,
  type AffineOptions,
  affineConfig,
  affineOptions,
  affineParameters,
  featuresOf,
} from './affine.js';

/** Options of {@link batchNormalization}. Names and defaults are Keras's. */
export interface BatchNormalizationOptions extends AffineOptions {
  /** Share of the moving statistics that a training step keeps: 0 to 1. Default 0.99. */
  momentum?: number;
  /** Default 'zeros'. */
  movingMeanInitializer?: InitializerLike;
  /** Default 'ones'. */
  movingVarianceInitializer?: InitializerLike;
}

interface BatchConfig extends AffineConfig {
  readonly momentum: number;
  readonly movingMean: WeightConfig;
  readonly movingVariance: WeightConfig;
}

interface Statistics {
  readonly mean: Ref;
  readonly variance: Ref;
  /** Whether they are those of the batch. */
  readonly ofBatch: boolean;
}

/** Rows R of C features, `inner` of them in a step. */
function sizes(k: Binding): { R: number; C: number; inner: number } {
  const shape = k.inputShapes[0];
  const C = shape[shape.length - 1];
  return { R: (k.batch * sizeOf(shape)) / C, C, inner: sizeOf(shape.slice(1, -1)) };
}

/** A frozen layer uses the moving statistics in training too, as in Keras. */
function statistics(k: Binding, C: number): Statistics {
  if (!k.training || !k.trainable) {
    return { mean: k.parameter('movingMean'), variance: k.parameter('movingVariance'), ofBatch: false };
  }
  return { mean: at(k.buffer('mean', C)), variance: at(k.buffer('variance', C)), ofBatch: true };
}

const definition: LayerDefinition<BatchConfig> = {
  type: 'batchNormalization',
  restore: restoreWith(batchNormalization, affineOptions),
  outputShapes(_config, [x], name) {
    featuresOf(x, name);
    return [x];
  },
  parameters(config, [x]) {
    const C = featuresOf(x, definition.type);
    return [
      ...affineParameters(config, C),
      { ...declareWeight('movingMean', [C], config.movingMean), trainable: false },
      { ...declareWeight('movingVariance', [C], config.movingVariance), trainable: false },
    ];
  },
  forward(config, k) {
    const { R, C, inner } = sizes(k);
    const { mean, variance, ofBatch } = statistics(k, C);
    const gamma = config.gamma && k.parameter('gamma');
    const beta = config.beta && k.parameter('beta');
    if (ofBatch) {
      k.emit(kernels.column_moments, mean, variance, k.input(), k.mask(), R, C, C, inner);
      k.whenAccepted(() => {
        const moving = [k.parameter('movingMean'), k.parameter('movingVariance')];
        [mean, variance].forEach((batch, i) => {
          k.emit(kernels.scale, moving[i], moving[i], C, config.momentum);
          k.emit(kernels.axpy, moving[i], batch, C, 1 - config.momentum);
        });
      });
    }
    k.emit(
      kernels.batch_norm_forward,
      k.output(),
      k.input(),
      mean,
      variance,
      gamma,
      beta,
      R,
      C,
      config.epsilon,
    );
  },
  backward(config, k) {
    const { R, C, inner } = sizes(k);
    const { mean, variance, ofBatch } = statistics(k, C);
    const gamma = config.gamma && k.parameter('gamma');
    const dGamma = config.gamma && k.gradient('gamma');
    const dBeta = config.beta && k.gradient('beta');
    const dx = k.inputGradient();
    const places = [dx, dGamma, dBeta, k.outputGradient(), k.input(), mean, variance, gamma] as const;
    const numbers = [R, C, C, inner, Number(ofBatch), config.epsilon] as const;
    k.emit(kernels.batch_norm_backward, ...places, k.mask(), ...numbers);
  },
  masks: 'passes',
  step: 'forward',
};

/** How these layers are saved and rebuilt. */
export const batchNormalizationDefinition = definition as unknown as LayerDefinition;

/**
 * Normalises each feature over batch and time (Ioffe & Szegedy 2015).
 *
 * ```text
 * training   y = gamma ⊙ (x − μ) / √(σ² + epsilon) + beta,   μ, σ² over all samples and steps of the batch
 *            movingMean ← momentum · movingMean + (1 − momentum) · μ, movingVariance alike from σ²
 * inference  the same with movingMean and movingVariance for μ and σ²
 * ```
 *
 * Steps that a mask takes out have no part in μ and σ².
 *
 * Weights `gamma`, `beta`, and `movingMean`, `movingVariance`, which no gradient changes, all `[features]`.
 * Moving statistics take in a batch once its loss has proved finite. σ² is the variance of the population
 * (divided by the count), here and in the moving statistics, as in Keras.
 *
 * @throws ValueError for an option out of range, UnknownNameError for an option that does not exist
 */
export function batchNormalization(options: BatchNormalizationOptions = {}): Layer {
  const where = layerLabel(definition.type, options);
  const own = ['momentum', 'movingMeanInitializer', 'movingVarianceInitializer'];
  checkOptionNames(where, options, [...own, ...AFFINE_NAMES]);
  const config: BatchConfig = {
    ...affineConfig(where, options),
    momentum: checkNumber(where, 'momentum', options.momentum ?? 0.99, { min: 0, max: 1 }),
    movingMean: weightConfig(`${where}: movingMean`, {
      initializer: options.movingMeanInitializer ?? 'zeros',
    }),
    movingVariance: weightConfig(`${where}: movingVariance`, {
      initializer: options.movingVarianceInitializer ?? 'ones',
    }),
  };
  return new Layer(definition, config, options.name, options.trainable) as unknown as Layer;
}
