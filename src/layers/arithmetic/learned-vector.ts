import { checkInteger } from '../../check.js';
import { checkOptionNames } from '../../errors.js';
import type { Ref } from '../../program/region.js';
import { sizeOf } from '../../shape.js';
import * as kernels from '../../wasm/generated/kernels.js';
import type { InitializerLike } from '../initializers/index.js';
import { type BaseOptions, type Binding, Layer, type LayerDefinition } from '../layer.js';
import { layerLabel } from '../options.js';
import { restoreWith } from '../restore.js';
import { declareWeight, type WeightConfig, weightConfig } from '../weight.js';

/** Options of {@link learnedVector}. */
export interface LearnedVectorOptions extends BaseOptions {
  /** Size of the vector. */
  units: number;
  /** Of the vector. Default 'zeros'. */
  vectorInitializer?: InitializerLike;
}

interface LearnedVectorConfig {
  readonly units: number;
  readonly vector: WeightConfig;
}

const record = ({ units }: LearnedVectorConfig, k: Binding): void =>
  k.emit(kernels.repeat_copy, k.output(), k.parameter('vector'), 1, k.batch, units);

const definition: LayerDefinition<LearnedVectorConfig> = {
  type: 'learnedVector',
  restore: restoreWith(learnedVector),
  outputShapes: ({ units }) => [[units]],
  parameters: (config) => [declareWeight('vector', [config.units], config.vector)],
  forward: record,
  backward({ units }, k) {
    const gradient = k.gradient('vector');
    const dy = k.outputGradient() as Ref;
    if (gradient !== null) k.emit(kernels.colsum, gradient, dy, k.batch, units, units);
    const dx = k.inputGradient();
    if (dx !== null) k.emit(kernels.fill, dx, k.batch * sizeOf(k.inputShapes[0]), 0);
  },
  masks: 'consumes',
  step: record,
};

/** How these layers are saved and rebuilt. */
export const learnedVectorDefinition = definition as unknown as LayerDefinition;

/**
 * The same vector for every sample, whatever comes in: an initial state that is learned,
 * `lstm({ units }).apply(x, { initialState: [learnedVector({ units }).apply(x), ...] })`.   y = vector
 *
 * Weight `vector [units]`.
 *
 * @throws ValueError for an option out of range, UnknownNameError for an option that does not exist
 */
export function learnedVector(options: LearnedVectorOptions): Layer {
  const where = layerLabel(definition.type, options);
  checkOptionNames(where, options, ['units', 'vectorInitializer', 'name', 'trainable']);
  const initializer = options.vectorInitializer ?? 'zeros';
  const config: LearnedVectorConfig = {
    units: checkInteger(where, 'units', options.units, { min: 1 }),
    vector: weightConfig(`${where}: vector`, { initializer }),
  };
  return new Layer(definition, config, options.name, options.trainable) as unknown as Layer;
}
