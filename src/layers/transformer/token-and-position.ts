import { checkOptionNames, ShapeError } from '../../errors.js';
import { formatShape, type OpenShape } from '../../shape.js';
import { positionEmbedding } from '../attention/positions.js';
import { embedding } from '../embedding.js';
import { type InitializerLike, initializerFrom } from '../initializers/index.js';
import { type BaseOptions, type Binding, Layer, type LayerDefinition } from '../layer.js';
import { add } from '../merge/index.js';
import { flag, layerLabel, positiveInteger } from '../options.js';
import { restoreWith } from '../restore.js';
import { type WeightConfig, weightConfig } from '../weight.js';
import { Wiring } from '../wiring.js';

/** Options of {@link tokenAndPositionEmbedding}. Names and defaults are Keras's (keras-hub). */
export interface TokenAndPositionEmbeddingOptions extends BaseOptions {
  /** Size of the vocabulary: ids go from 0 to vocabularySize − 1. */
  vocabularySize: number;
  /** Steps that there are vectors for. */
  sequenceLength: number;
  /** Length of each vector. */
  embeddingDim: number;
  /** True makes id 0 a step that does not count. Default false. */
  maskZero?: boolean;
  /** Of both tables. Default 'uniform'. */
  embeddingsInitializer?: InitializerLike;
}

interface TokenConfig {
  readonly vocabularySize: number;
  readonly sequenceLength: number;
  readonly embeddingDim: number;
  readonly maskZero: boolean;
  readonly embeddings: WeightConfig;
}

function wire(config: TokenConfig, [ids]: readonly OpenShape[], where: string): Wiring {
  if (ids.length !== 1) {
    const came = formatShape([null, ...ids]);
    throw new ShapeError(`${where}: input has shape ${came}, expected ids [batch, time]`);
  }
  const wiring = new Wiring(where, [ids]);
  const { vocabularySize: inputDim, embeddingDim: outputDim, maskZero, sequenceLength } = config;
  const embeddingsInitializer = initializerFrom('embeddingsInitializer', config.embeddings.initializer);
  const tokens = wiring.put(
    'tokenEmbedding',
    embedding({ inputDim, outputDim, maskZero, embeddingsInitializer }),
    0,
  );
  const place = positionEmbedding({ sequenceLength, embeddingsInitializer, name: where });
  wiring.put('sum', add(), tokens, wiring.put('positionEmbedding', place, tokens));
  return wiring;
}

const type = 'tokenAndPositionEmbedding';
const bound = (config: TokenConfig, k: Binding): Wiring => wire(config, k.inputShapes, k.name);

const definition: LayerDefinition<TokenConfig> = {
  type,
  restore: restoreWith(tokenAndPositionEmbedding),
  outputShapes: (config, inputs, name) => [wire(config, inputs, name).output],
  parameters: (config, inputs) => wire(config, inputs, type).parameters(),
  inputRange: ({ vocabularySize }) => ({ integersBelow: vocabularySize }),
  wiredLayers: (config, inputs, name) => wire(config, inputs, name).layers(),
  states: (config, inputs) => wire(config, inputs, type).states(),
  masks: (config, masked, inputs) => wire(config, inputs, type).masks(masked),
  padding: ({ maskZero }) => (maskZero ? 0 : null),
  forward: (config, k) => bound(config, k).record(k, false),
  backward: (config, k) => bound(config, k).recordBackward(k),
  step: (config, k) => bound(config, k).record(k, true),
};

/** How these layers are saved and rebuilt. */
export const tokenAndPositionEmbeddingDefinition = definition as unknown as LayerDefinition;

/**
 * A vector for each token and one for each step, added.   y_t = tokens[id_t] + positions_t
 *
 * Input ids `[batch, time]`, output `[batch, time, embeddingDim]`. Weights `tokenEmbedding.embeddings [vocabularySize,
 * embeddingDim]`, `positionEmbedding.embeddings [sequenceLength, embeddingDim]`. It must be the first layer on its input,
 * and streams.
 *
 * @throws ValueError for an option out of range, UnknownNameError for an option that does not exist
 */
export function tokenAndPositionEmbedding(options: TokenAndPositionEmbeddingOptions): Layer {
  const where = layerLabel(type, options);
  checkOptionNames(where, options, [
    'vocabularySize',
    'sequenceLength',
    'embeddingDim',
    'maskZero',
    'embeddingsInitializer',
    'name',
    'trainable',
  ]);
  const config: TokenConfig = {
    vocabularySize: positiveInteger(where, 'vocabularySize', options.vocabularySize),
    sequenceLength: positiveInteger(where, 'sequenceLength', options.sequenceLength),
    embeddingDim: positiveInteger(where, 'embeddingDim', options.embeddingDim),
    maskZero: flag(where, 'maskZero', options.maskZero ?? false),
    embeddings: weightConfig(`${where}: embeddings`, {
      initializer: options.embeddingsInitializer ?? 'uniform',
    }),
  };
  return new Layer(definition, config, options.name, options.trainable) as unknown as Layer;
}
