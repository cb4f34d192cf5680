import { checkNumber } from '../../check.js';
import { checkOptionNames } from '../../errors.js';
import { type BaseOptions, type Binding, Layer, type LayerDefinition } from '../layer.js';
import { layerLabel } from '../options.js';
import { restoreWith } from '../restore.js';
import { declareWeight, type WeightConfig, weightConfig } from '../weight.js';
import { checkLastAxis, featuresOf } from './affine.js';
import { recordSets, recordSetsGradient, rowSets, type Sets } from './sets.js';

/** Options of {@link rmsNormalization}. Names and defaults are Keras's. */
export interface RMSNormalizationOptions extends BaseOptions {
  /** The axis of the features: −1, the last. */
  axis?: number;
  /** Added to the mean square. Default 1e-6. */
  epsilon?: number;
}

interface RMSConfig {
  readonly epsilon: number;
  readonly scale: WeightConfig;
}

const setsOf = (config: RMSConfig, k: Binding): Sets => ({
  ...rowSets(k),
  centred: false,
  epsilon: config.epsilon,
  gamma: 'scale',
  beta: null,
});

const definition: LayerDefinition<RMSConfig> = {
  type: 'rmsNormalization',
  restore: restoreWith(rmsNormalization, ({ scale: _, ...others }) => others),
  outputShapes(_config, [x], name) {
    featuresOf(x, name);
    return [x];
  },
  parameters: (config, [x]) => [declareWeight('scale', [featuresOf(x, definition.type)], config.scale)],
  forward: (config, k) => recordSets(k, setsOf(config, k)),
  backward: (config, k) => recordSetsGradient(k, setsOf(config, k)),
  masks: 'passes',
  step: 'forward',
};

/** How these layers are saved and rebuilt. */
export const rmsNormalizationDefinition = definition as unknown as LayerDefinition;

/**
 * Divides each row of features by its root mean square (Zhang & Sennrich 2019).
 *
 * ```text
 * y = scale ⊙ x / √(mean(x²) + epsilon)
 * ```
 *
 * Weight `scale [features]`, which starts at 1.
 *
 * @throws ValueError for an option out of range, UnknownNameError for an option that does not exist
 */
export function rmsNormalization(options: RMSNormalizationOptions = {}): Layer {
  const where = layerLabel(definition.type, options);
  checkOptionNames(where, options, ['axis', 'epsilon', 'name', 'trainable']);
  checkLastAxis(where, options.axis);
  const config: RMSConfig = {
    epsilon: checkNumber(where, 'epsilon', options.epsilon ?? 1e-6, { above: 0 }),
    scale: weightConfig(`${where}: scale`, { initializer: 'ones' }),
  };
  return new Layer(definition, config, options.name, options.trainable) as unknown as Layer;
}
