import { checkInteger } from '../../check.js';
import { checkOptionNames, ShapeError, ValueError } from '../../errors.js';
import { formatShape } from '../../shape.js';
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
import { recordSets, recordSetsGradient, type Sets } from './sets.js';

/** Options of {@link groupNormalization}. Names and defaults are Keras's. */
export interface GroupNormalizationOptions extends AffineOptions {
  /** Number of groups; it divides the channels. −1 makes every channel a group. Default 32. */
  groups?: number;
}

interface GroupConfig extends AffineConfig {
  readonly groups: number;
}

const groupsOf = (config: GroupConfig, channels: number): number =>
  config.groups === -1 ? channels : config.groups;

function setsOf(config: GroupConfig, k: Binding): Sets {
  const shape = k.inputShapes[0];
  const C = shape[shape.length - 1];
  const G = groupsOf(config, C);
  return {
    T: shape.length === 1 ? 1 : shape[0],
    B: k.batch,
    G,
    D: C / G,
    centred: true,
    epsilon: config.epsilon,
    gamma: config.gamma && 'gamma',
    beta: config.beta && 'beta',
  };
}

const definition: LayerDefinition<GroupConfig> = {
  type: 'groupNormalization',
  restore: restoreWith(groupNormalization, affineOptions),
  outputShapes(config, [x], name) {
    const C = featuresOf(x, name);
    if (x.length > 2) {
      const came = formatShape([null, ...x]);
      throw new ShapeError(
        `${name}: input has shape ${came}, expected [batch, time, channels] or [batch, channels]`,
      );
    }
    const groups = groupsOf(config, C);
    if (C % groups !== 0) {
      throw new ShapeError(`${name}: groups is ${groups}, expected a divisor of the ${C} channels`);
    }
    return [x];
  },
  parameters: (config, [x]) => affineParameters(config, featuresOf(x, definition.type)),
  forward: (config, k) => recordSets(k, setsOf(config, k)),
  backward: (config, k) => recordSetsGradient(k, setsOf(config, k)),
  masks: { refuses: 'its mean and variance run over all steps, padding included' },
  step: 'forward',
  refusesStep: (_config, [x]) =>
    x.length > 1 ? 'its mean and variance run over the whole sequence' : undefined,
};

/** How these layers are saved and rebuilt. */
export const groupNormalizationDefinition = definition as unknown as LayerDefinition;

/**
 * Normalises groups of channels over time, sample by sample (Wu & He 2018).
 *
 * ```text
 * y = gamma ⊙ (x − μ) / √(σ² + epsilon) + beta,   μ, σ² over all steps and the channels of one group
 * ```
 *
 * Weights `gamma [channels]`, `beta [channels]`.
 *
 * @throws ValueError for an option out of range, UnknownNameError for an option that does not exist
 */
export function groupNormalization(options: GroupNormalizationOptions = {}): Layer {
  const where = layerLabel(definition.type, options);
  checkOptionNames(where, options, ['groups', ...AFFINE_NAMES]);
  const groups = checkInteger(where, 'groups', options.groups ?? 32, { min: -1 });
  if (groups === 0)
    throw new ValueError(`${where}: groups must be at least 1, or -1 for all channels, got 0`);
  const config: GroupConfig = { ...affineConfig(where, options), groups };
  return new Layer(definition, config, options.name, options.trainable) as unknown as Layer;
}
