import { checkOptionNames } from '../../errors.js';
import { type Binding, Layer, type LayerDefinition } from '../layer.js';
import { layerLabel } from '../options.js';
import { restoreWith } from '../restore.js';
import {
  AFFINE_NAMES,
  type AffineConfig,
  type AffineOptions,
  affineConfig,
  affineOptions,
  affineParameters,
  featuresOf,
} from './affine.js';
import { recordSets, recordSetsGradient, rowSets, type Sets } from './sets.js';

/** Options of {@link layerNormalization}. Names and defaults are Keras's. */
export interface LayerNormalizationOptions extends AffineOptions {}

const setsOf = (config: AffineConfig, k: Binding): Sets => ({
  ...rowSets(k),
  centred: true,
  epsilon: config.epsilon,
  gamma: config.gamma && 'gamma',
  beta: config.beta && 'beta',
});

const definition: LayerDefinition<AffineConfig> = {
  type: 'layerNormalization',
  restore: restoreWith(layerNormalization, affineOptions),
  outputShapes(_config, [x], name) {
    featuresOf(x, name);
    return [x];
  },
  parameters: (config, [x]) => affineParameters(config, featuresOf(x, definition.type)),
  forward: (config, k) => recordSets(k, setsOf(config, k)),
  backward: (config, k) => recordSetsGradient(k, setsOf(config, k)),
  masks: 'passes',
  step: 'forward',
};

/** How these layers are saved and rebuilt. */
export const layerNormalizationDefinition = definition as unknown as LayerDefinition;

/**
 * Normalises each row of features (Ba, Kiros, Hinton 2016).   y = gamma ⊙ (x − μ) / √(σ² + epsilon) + beta
 *
 * μ and σ² are mean and variance over the last axis of each step of each sample. Weights `gamma [features]`,
 * `beta [features]`.
 *
 * @throws ValueError for an option out of range, UnknownNameError for an option that does not exist
 */
export function layerNormalization(options: LayerNormalizationOptions = {}): Layer {
  const where = layerLabel(definition.type, options);
  checkOptionNames(where, options, AFFINE_NAMES);
  const config = affineConfig(where, options);
  return new Layer(definition, config, options.name, options.trainable) as unknown as Layer;
}
