import { dense } from '../../../layers/dense.js';
import { dropout } from '../../../layers/dropout.js';
import { embedding } from '../../../layers/embedding.js';
import { masking } from '../../../layers/masking/index.js';
import {
  activityRegularization,
  gaussianDropout,
  gaussianNoise,
  spatialDropout1d,
} from '../../../layers/noise/index.js';
import { activationField, flagField, ignored, only, same, skipped, weightFields } from '../fields.js';
import { type LayerMapping, plainLayer } from './mapping.js';

/** Products, tables, and what acts in training. */
export const DENSE_MAPPINGS: readonly LayerMapping[] = [
  plainLayer({
    type: 'dense',
    classes: ['Dense'],
    make: dense,
    weights: { kernel: 'kernel', bias: 'bias' },
    fields: [
      same('units', 'output_dim'),
      activationField(),
      flagField('useBias'),
      ...weightFields('kernel'),
      ...weightFields('bias'),
      skipped('input_dim', 'lora_rank', 'lora_alpha'),
    ],
  }),
  plainLayer({
    type: 'embedding',
    classes: ['Embedding'],
    make: embedding,
    weights: { embeddings: 'embeddings' },
    fields: [
      same('inputDim'),
      same('outputDim'),
      flagField('maskZero'),
      ...weightFields('embeddings'),
      skipped('input_length', 'sparse', 'lora_rank', 'lora_alpha'),
    ],
  }),
  plainLayer({
    type: 'dropout',
    classes: ['Dropout'],
    make: dropout,
    fields: [same('rate', 'p'), ignored('seed', null), only('noise_shape', [null])],
  }),
  plainLayer({
    type: 'spatialDropout1d',
    classes: ['SpatialDropout1D'],
    make: spatialDropout1d,
    fields: [same('rate', 'p'), skipped('seed', 'noise_shape', 'data_format')],
  }),
  plainLayer({
    type: 'gaussianNoise',
    classes: ['GaussianNoise'],
    make: gaussianNoise,
    fields: [same('stddev'), skipped('seed')],
  }),
  plainLayer({
    type: 'gaussianDropout',
    classes: ['GaussianDropout'],
    make: gaussianDropout,
    fields: [same('rate'), skipped('seed')],
  }),
  plainLayer({
    type: 'activityRegularization',
    classes: ['ActivityRegularization'],
    make: activityRegularization,
    inTfjs: false,
    fields: [same('l1'), same('l2')],
  }),
  plainLayer({
    type: 'masking',
    classes: ['Masking'],
    make: masking,
    fields: [same('maskValue'), only('supports_masking', [true], false)],
  }),
];
