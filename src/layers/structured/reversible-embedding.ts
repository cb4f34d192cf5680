import { checkOptionNames, ShapeError } from '../../errors.js';
import { at, type Ref } from '../../program/region.js';
import { formatShape, type OpenShape, sizeOf } from '../../shape.js';
import * as kernels from '../../wasm/generated/kernels.js';
import { gemmTnScratch } from '../../wasm/scratch.js';
import { recordActivation, recordActivationGradient } from '../activation-calls.js';
import { type ActivationName, activationFrom, activationNeedsInput } from '../activations.js';
import { type EmbeddingConfig, type EmbeddingOptions, embedding, embeddingDefinition } from '../embedding.js';
import { type BaseOptions, type Binding, Layer, type LayerDefinition } from '../layer.js';
import { layerLabel, positiveInteger } from '../options.js';
import { restoreWith } from '../restore.js';

/** Options of {@link reversibleEmbedding}: those of `embedding`. */
export type ReversibleEmbeddingOptions = EmbeddingOptions;

/** Options of the way back, `reversibleEmbedding(...).reverse()`. */
export interface ReverseEmbeddingOptions extends BaseOptions {
  /** Activation of the output. Default 'linear': logits, as in Keras. */
  activation?: ActivationName;
}

interface ReverseConfig {
  readonly units: number;
  readonly features: number;
  readonly activation: ActivationName;
}

/** Rows R of the input, its features I and the classes V of the output. */
function sizes({ units: V, features: I }: ReverseConfig, k: Binding): { R: number; I: number; V: number } {
  return { R: (k.batch * sizeOf(k.inputShapes[0])) / I, I, V };
}

/** Checks that an input has as many features as the table it is tied to. @throws ShapeError */
export function checkFeatures(x: OpenShape, features: number, name: string): void {
  if (x[x.length - 1] === features) return;
  const got = formatShape([null, ...x]);
  throw new ShapeError(`${name}: input has shape ${got}, expected ${features} features, as the table has`);
}

function preActivation({ activation }: ReverseConfig, k: Binding, floats: number): Ref {
  if (k.givesLogits) return at(k.buffer('logits', floats));
  return activationNeedsInput(activation) ? at(k.buffer('preActivation', floats)) : k.output();
}

const reverseDefinition: LayerDefinition<ReverseConfig> = {
  type: 'reverseEmbedding',
  restore: restoreWith(reverseEmbedding),
  outputShapes({ units, features }, [x], name) {
    checkFeatures(x, features, name);
    return [[...x.slice(0, -1), units]];
  },
  parameters: () => [],
  tiedWeight: ({ units, features }) => ({ name: 'embeddings', shape: [units, features] }),
  forward(config, k) {
    const { R, I, V } = sizes(config, k);
    const table = k.parameter('embeddings');
    const packed = k.prepared('turned', Math.ceil(V / 8) * 8 * I, (emit, place) => {
      emit(kernels.pack_panels, place, table, I, V, 1, 1, I);
    });
    const z = preActivation(config, k, R * V);
    k.emit(kernels.gemm, z, k.input(), packed, null, R, V, I, 1, I, V, 0);
    recordActivation(config.activation, k, k.output(), z, R, V);
    if (k.givesLogits) k.setLogits(z);
  },
  backward(config, k) {
    const { R, I, V } = sizes(config, k);
    const dy = k.outputGradient() as Ref;
    const z = preActivation(config, k, R * V);
    const dz = k.givesLogits ? dy : recordActivationGradient(config.activation, k, dy, k.output(), z, R, V);
    const dTable = k.gradient('embeddings');
    if (dTable !== null) {
      const scratch = k.buffer('gemmScratch', gemmTnScratch(V, I));
      k.emit(kernels.gemm_tn, dTable, dz, k.input(), scratch, V, I, R, V, I, I);
    }
    const dx = k.inputGradient();
    if (dx === null) return;
    const table = k.parameter('embeddings');
    const packed = k.prepared('table', Math.ceil(I / 8) * 8 * V, (emit, place) => {
      emit(kernels.pack_panels, place, table, V, I, 1, I, 1);
    });
    k.emit(kernels.gemm, dx, dz, packed, null, R, I, V, 1, V, I, 0);
  },
  logits: (config) => config.activation,
  masks: 'passes',
  step: 'forward',
};

/** How the way back is saved and rebuilt. */
export const reverseEmbeddingDefinition = reverseDefinition as unknown as LayerDefinition;

/** A way back that is not tied yet: `units` classes from `features` features. */
function reverseEmbedding(options: ReverseEmbeddingOptions & { units: number; features: number }): Layer {
  const where = layerLabel('reverseEmbedding', options);
  checkOptionNames(where, options, ['units', 'features', 'activation', 'name', 'trainable']);
  const config: ReverseConfig = {
    units: positiveInteger(where, 'units', options.units),
    features: positiveInteger(where, 'features', options.features),
    activation: activationFrom(where, 'activation', options.activation),
  };
  return new Layer(reverseDefinition, config, options.name, options.trainable) as unknown as Layer;
}

const definition: LayerDefinition<EmbeddingConfig> = {
  ...(embeddingDefinition as unknown as LayerDefinition<EmbeddingConfig>),
  type: 'reversibleEmbedding',
  restore: restoreWith(reversibleEmbedding),
};

/** How these layers are saved and rebuilt. */
export const reversibleEmbeddingDefinition = definition as unknown as LayerDefinition;

/** An embedding whose table also leads back from vectors to classes. */
export class ReversibleEmbedding extends Layer {
  /**
   * The way back, another layer of the same model over the same table.   y = act(x·Eᵀ)
   *
   * Input `[batch, ..., outputDim]`, output `[batch, ..., inputDim]`. The table learns from both ends.
   *
   * @throws ValueError for an option out of range, UnknownNameError for an option that does not exist
   */
  reverse(options: ReverseEmbeddingOptions = {}): Layer {
    const { inputDim, outputDim } = this.config as EmbeddingConfig;
    checkOptionNames(layerLabel('reverseEmbedding', options), options, ['activation', 'name', 'trainable']);
    const layer = reverseEmbedding({ ...options, units: inputDim, features: outputDim });
    layer.tiedTo = this;
    return layer;
  }
}

/**
 * An embedding with a way back: `table.reverse()` gives scores for each id by the same table, for models of language
 * whose input and output share their weights.
 *
 * ```text
 * y = E[id]        reverse: y = x·Eᵀ        E embeddings [inputDim, outputDim]
 * ```
 *
 * As `embedding` otherwise. Source: Press & Wolf 2017; Keras Hub's ReversibleEmbedding
 *
 * @throws ValueError for an option out of range, UnknownNameError for an option that does not exist
 */
export function reversibleEmbedding(options: ReversibleEmbeddingOptions): ReversibleEmbedding {
  const named = { ...options, name: layerLabel('reversibleEmbedding', options) };
  const { config } = embedding(named);
  return new ReversibleEmbedding(reversibleEmbeddingDefinition, config, options.name, options.trainable);
}
