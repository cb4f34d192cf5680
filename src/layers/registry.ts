import { unknownName } from '../errors.js';
import { denseDefinition } from './dense.js';
import { dropoutDefinition } from './dropout.js';
import { embeddingDefinition } from './embedding.js';
import type { LayerDefinition } from './layer.js';
import { bidirectionalDefinition } from './recurrent/bidirectional.js';
import { RECURRENT_DEFINITIONS } from './recurrent/index.js';

/** Every layer that a saved model may name. */
export const LAYER_DEFINITIONS: readonly LayerDefinition[] = [
  ...RECURRENT_DEFINITIONS,
  bidirectionalDefinition,
  denseDefinition,
  embeddingDefinition,
  dropoutDefinition,
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
