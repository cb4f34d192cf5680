import { unknownName } from '../errors.js';
import { activationDefinition } from './activation.js';
import { CONNECTION_DEFINITIONS } from './connect/index.js';
import { CONVOLUTION_DEFINITIONS } from './convolution/index.js';
import { denseDefinition } from './dense.js';
import { dropoutDefinition } from './dropout.js';
import { embeddingDefinition } from './embedding.js';
import { denseInt8Definition } from './int8/dense.js';
import { embeddingInt8Definition } from './int8/embedding.js';
import type { LayerDefinition } from './layer.js';
import { MASKING_DEFINITIONS } from './masking/index.js';
import { MERGE_DEFINITIONS } from './merge/index.js';
import { NOISE_DEFINITIONS } from './noise/index.js';
import { NORMALIZATION_DEFINITIONS } from './normalization/index.js';
import { bidirectionalDefinition } from './recurrent/bidirectional.js';
import { RECURRENT_DEFINITIONS } from './recurrent/index.js';
import { stackDefinition } from './recurrent/stack.js';
import { SHAPING_DEFINITIONS } from './shaping/index.js';
import { defineTimeDistributed } from './time-distributed.js';
import { weightNormalizationDefinition } from './weight-normalization.js';

/** Every layer that a saved model may name. */
export const LAYER_DEFINITIONS: readonly LayerDefinition[] = [
  ...RECURRENT_DEFINITIONS,
  bidirectionalDefinition,
  stackDefinition,
  ...CONNECTION_DEFINITIONS,
  denseDefinition,
  embeddingDefinition,
  dropoutDefinition,
  denseInt8Definition,
  embeddingInt8Definition,
  activationDefinition,
  ...NORMALIZATION_DEFINITIONS,
  ...MASKING_DEFINITIONS,
  ...MERGE_DEFINITIONS,
  ...SHAPING_DEFINITIONS,
  ...NOISE_DEFINITIONS,
  ...CONVOLUTION_DEFINITIONS,
  weightNormalizationDefinition,
  defineTimeDistributed(definitionOf) as unknown as LayerDefinition,
];

/** The definition of a layer type. */
export function definitionOf(type: string): LayerDefinition {
  const found = LAYER_DEFINITIONS.find((definition) => definition.type === type);
  if (found === undefined) {
    throw unknownName(
      'load',
      'layer',
      type,
      LAYER_DEFINITIONS.map((definition) => definition.type),
    );
  }
  return found;
}
