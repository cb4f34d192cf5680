import { checkList } from '../check.js';
import { describeValue } from '../describe.js';
import { UnknownNameError, unknownName, ValueError } from '../errors.js';
import { activationDefinition } from './activation.js';
import { ARITHMETIC_DEFINITIONS } from './arithmetic/index.js';
import { ATTENTION_DEFINITIONS } from './attention/index.js';
import { CONNECTION_DEFINITIONS } from './connect/index.js';
import { CONVOLUTION_DEFINITIONS } from './convolution/index.js';
import { Cell, definitionOfCell } from './custom/index.js';
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
import type { Resolve } from './restore.js';
import { SHAPING_DEFINITIONS } from './shaping/index.js';
import { STRUCTURED_DEFINITIONS } from './structured/index.js';
import { defineTimeDistributed } from './time-distributed.js';
import { TRANSFORMER_DEFINITIONS } from './transformer/index.js';
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
  ...ARITHMETIC_DEFINITIONS,
  ...ATTENTION_DEFINITIONS,
  ...TRANSFORMER_DEFINITIONS,
  ...SHAPING_DEFINITIONS,
  ...NOISE_DEFINITIONS,
  ...STRUCTURED_DEFINITIONS,
  ...CONVOLUTION_DEFINITIONS,
  weightNormalizationDefinition,
  defineTimeDistributed(definitionOf) as unknown as LayerDefinition,
];

/** The definition of a layer type. @throws UnknownNameError */
export function definitionOf(type: string): LayerDefinition {
  const found = LAYER_DEFINITIONS.find((definition) => definition.type === type);
  if (found !== undefined) return found;
  const known = LAYER_DEFINITIONS.map((definition) => definition.type);
  const { message } = unknownName('load', 'layer', type, known);
  throw new UnknownNameError(`${message}. Cells of one's own are given as load(bytes, { cells: [cell] })`);
}

/** Finds layers among others first, and then among those that every model knows. */
function resolverWith(others: readonly LayerDefinition[]): Resolve {
  const resolve: Resolve = (type) => {
    const own = others.find((definition) => definition.type === type);
    if (own !== undefined) return own;
    // What it applies at every step may be among the others.
    if (type === 'timeDistributed') return defineTimeDistributed(resolve) as unknown as LayerDefinition;
    return definitionOf(type);
  };
  return resolve;
}

/** Finds layers for a graph that has some already: those of cells of one's own are only there. */
export function resolverLike(definitions: readonly LayerDefinition[]): Resolve {
  const isKnown = (type: string): boolean => LAYER_DEFINITIONS.some((known) => known.type === type);
  return resolverWith(definitions.filter(({ type }) => !isKnown(type)));
}

/** The layers of cells of one's own. @throws ValueError for what is no cell, or has the name of a built-in layer */
export function resolverOfCells(where: string, cells: unknown): Resolve {
  const definitions = checkList(where, 'cells', cells).map((cell) => {
    if (!(cell instanceof Cell)) {
      throw new ValueError(`${where}: cells must be what defineCell gives, got ${describeValue(cell)}`);
    }
    if (LAYER_DEFINITIONS.some(({ type }) => type === cell.name)) {
      throw new ValueError(`${where}: cells: '${cell.name}' is the name of a built-in layer`);
    }
    return definitionOfCell(cell);
  });
  return definitions.length === 0 ? definitionOf : resolverWith(definitions);
}
