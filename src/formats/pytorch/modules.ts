import { multiHeadAttention } from './attention.js';
import { CONVOLUTION_MAPPINGS } from './convolution.js';
import { type Mapping, type MappingOf, sameTensors, transposed } from './mapping.js';
import { RECURRENT_MAPPINGS } from './recurrent.js';
import { transformerMappings } from './transformer.js';

/** y = x·Wᵀ + b: the weight lies as [out, in]. */
const dense: MappingOf = (_config, weights): Mapping => {
  const [I, O] = weights.kernel;
  const biased = 'bias' in weights;
  return {
    module: 'Linear',
    entries: { weight: [O, I], ...(biased ? { bias: [O] } : {}) },
    toLayer: ({ weight, bias }) => ({ kernel: transposed(weight), ...(biased ? { bias } : {}) }),
    fromLayer: ({ kernel, bias }) => ({ weight: transposed(kernel), ...(biased ? { bias } : {}) }),
  };
};

const plain =
  (module: string, names: Readonly<Record<string, string>>): MappingOf =>
  (_config, weights) =>
    sameTensors(module, names, weights);

const AFFINE = { gamma: 'weight', beta: 'bias' };
const layerNormalization = plain('LayerNorm', AFFINE);

const timeDistributed: MappingOf = (config: { layer: { type: string; config: never } }, weights, level) => {
  const { type, config: inner } = config.layer;
  const mapping = MAPPINGS[type];
  return mapping?.(inner, weights, level) ?? { refuses: `no PyTorch module holds the weights of ${type}` };
};

/** Layers with weights by type. */
export const MAPPINGS: Readonly<Record<string, MappingOf>> = {
  ...RECURRENT_MAPPINGS,
  ...CONVOLUTION_MAPPINGS,
  ...transformerMappings({ attention: multiHeadAttention, dense, norm: layerNormalization }),
  dense,
  multiHeadAttention,
  timeDistributed,
  embedding: plain('Embedding', { embeddings: 'weight' }),
  layerNormalization,
  groupNormalization: plain('GroupNorm', AFFINE),
  rmsNormalization: plain('RMSNorm', { scale: 'weight' }),
  batchNormalization: plain('BatchNorm1d', {
    ...AFFINE,
    movingMean: 'running_mean',
    movingVariance: 'running_var',
  }),
};

/** Entries of a state dict that hold nothing a layer needs: counters that modules keep. */
export const IGNORED_ENTRIES: readonly string[] = ['num_batches_tracked'];
