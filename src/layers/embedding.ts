import { checkOptionNames, ShapeError } from '../errors.js';
import { at, type Ref } from '../program/region.js';
import { formatShape, sizeOf } from '../shape.js';
import * as kernels from '../wasm/generated/kernels.js';
import type { ConstraintLike } from './constraints.js';
import type { InitializerLike } from './initializers/index.js';
import { type BaseOptions, type Binding, Layer, type LayerDefinition } from './layer.js';
import { flag, layerLabel, positiveInteger } from './options.js';
import type { RegularizerLike } from './regularizers.js';
import { restoreWith } from './restore.js';
import { declareWeight, type WeightConfig, weightConfig } from './weight.js';

/** Options of {@link embedding}. */
export interface EmbeddingOptions extends BaseOptions {
  /** Size of the vocabulary: ids go from 0 to inputDim − 1. At most 2^24. */
  inputDim: number;
  /** Length of each vector. */
  outputDim: number;
  /** True makes id 0 a step that does not count; inputDim is the size of the vocabulary + 1 then. Default false. */
  maskZero?: boolean;
  /** Default 'uniform' as in Keras: uniform from −0.05 to 0.05. */
  embeddingsInitializer?: InitializerLike;
  /** Penalty on the table. Default none. */
  embeddingsRegularizer?: RegularizerLike | null;
  /** Bound on the table, applied after each update. Default none. */
  embeddingsConstraint?: ConstraintLike | null;
}

/** The options of an embedding, complete. */
export interface EmbeddingConfig {
  readonly inputDim: number;
  readonly outputDim: number;
  readonly maskZero: boolean;
  readonly embeddings: WeightConfig;
}

/** Ids in the order of the output's rows: [B, T] lists are turned to [T, B]. */
function orderedIds(k: Binding): Ref {
  const shape = k.inputShapes[0];
  return shape.length === 1 && shape[0] > 1 ? at(k.buffer('ids', k.batch * shape[0])) : k.input();
}

/** Records that order, and gives the place of the ids and their number. */
export function readIds(k: Binding): { ids: Ref; R: number } {
  const shape = k.inputShapes[0];
  const ids = orderedIds(k);
  if (shape.length === 1 && shape[0] > 1)
    k.emit(kernels.transpose_copy, ids, k.input(), k.batch, shape[0], 1);
  return { ids, R: k.batch * sizeOf(shape) };
}

/** Records the mask of the output where id 0 does not count. */
export function recordIdMask(config: EmbeddingConfig, k: Binding, ids: Ref, R: number): void {
  if (!config.maskZero) return;
  const mask = k.buffer('mask', R);
  k.emit(kernels.mask_equal, mask, ids, R, 1, 0);
  const given = k.mask();
  if (given !== null) k.emit(kernels.mul, mask, mask, given, R);
  k.setMask(0, at(mask));
}

const definition: LayerDefinition<EmbeddingConfig> = {
  type: 'embedding',
  restore: restoreWith(embedding),
  outputShapes(config, [x], name) {
    if (x.length === 0 || x.slice(1).includes(null)) {
      throw new ShapeError(`${name}: input has shape ${formatShape(x)}, expected [batch, time]`);
    }
    if (config.maskZero && x.length > 1) {
      throw new ShapeError(
        `${name}: maskZero with input ${formatShape([null, ...x])}, expected [batch, time]`,
      );
    }
    return [[...x, config.outputDim]];
  },
  parameters: (config) => [
    declareWeight('embeddings', [config.inputDim, config.outputDim], config.embeddings),
  ],
  inputRange: (config) => ({ integersBelow: config.inputDim }),
  forward(config, k) {
    const { ids, R } = readIds(k);
    const table = k.parameter('embeddings');
    k.emit(kernels.embedding_forward, k.output(), ids, table, R, config.outputDim, config.inputDim);
    recordIdMask(config, k, ids, R);
  },
  backward(config, k) {
    const R = k.batch * sizeOf(k.inputShapes[0]);
    const O = config.outputDim;
    const gradient = k.gradient('embeddings');
    if (gradient === null) return;
    const dy = k.outputGradient() as Ref;
    k.emit(kernels.embedding_backward, gradient, dy, orderedIds(k), R, O, config.inputDim, O);
  },
  masks: ({ maskZero }, [masked]) => [maskZero || masked],
  padding: ({ maskZero }) => (maskZero ? 0 : null),
  step: 'forward',
};

/** How embedding layers are saved and rebuilt. */
export const embeddingDefinition = definition as unknown as LayerDefinition;

/**
 * Vectors for whole numbers.   y = table[id]
 *
 * Input `[batch, time]` of ids, output `[batch, time, outputDim]`. Weight `embeddings [inputDim, outputDim]`.
 * It must be the first layer on its input; an id out of range is an error that names the place.
 *
 * @throws ValueError for an option out of range, UnknownNameError for an option that does not exist
 */
export function embedding(options: EmbeddingOptions): Layer {
  const where = layerLabel('embedding', options);
  checkOptionNames(where, options, [
    'inputDim',
    'outputDim',
    'maskZero',
    'embeddingsInitializer',
    'embeddingsRegularizer',
    'embeddingsConstraint',
    'name',
    'trainable',
  ]);
  const config: EmbeddingConfig = {
    inputDim: positiveInteger(where, 'inputDim', options.inputDim),
    outputDim: positiveInteger(where, 'outputDim', options.outputDim),
    maskZero: flag(where, 'maskZero', options.maskZero ?? false),
    embeddings: weightConfig(`${where}: embeddings`, {
      initializer: options.embeddingsInitializer ?? 'uniform',
      regularizer: options.embeddingsRegularizer,
      constraint: options.embeddingsConstraint,
    }),
  };
  return new Layer(definition, config, options.name, options.trainable) as unknown as Layer;
}
