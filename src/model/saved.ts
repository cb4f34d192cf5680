import { FormatError, MemoryError, RecurraError } from '../errors.js';
import type { Resolve } from '../layers/restore.js';
import { formatShape, sameShape } from '../shape.js';
import type { Tensor } from '../tensor.js';
import { rebuild } from './architecture.js';
import { decodeContainer } from './container.js';
import { Graph } from './graph.js';
import type { Wiring } from './network-core.js';
import { declareParameters } from './parameters.js';
import { readRecord, readText, readWhole } from './reading.js';

/** Names of tensors: a weight's name, a slot's number or a carried state's key follows. */
export const PREFIXES = { weight: 'weight:', slot: 'slot:', state: 'state:' } as const;

/** Name of the tensor of gradients that wait for further batches. */
export const GRADIENTS = 'gradients';

/** The tensors of a file, by what they are for. */
export interface Parts {
  readonly weights: Readonly<Record<string, Tensor>>;
  readonly slots: Readonly<Record<string, Tensor>>;
  readonly states: Readonly<Record<string, Tensor>>;
  readonly gradients: Tensor | undefined;
}

/** A saved model, read and checked, before memory is taken for it. */
export interface Saved {
  readonly content: Readonly<Record<string, unknown>>;
  readonly wiring: Wiring;
  readonly parts: Parts;
}

/**
 * Reads what `save` wrote.
 * @param resolve finds layer types
 * @throws FormatError when the bytes are cut short, damaged, of a later version, or do not describe a model
 */
export function readSaved(bytes: Uint8Array | ArrayBuffer, resolve: Resolve): Saved {
  const decoded = decodeContainer(bytes);
  const content = readRecord('content', decoded.content);
  const parts = sortTensors(decoded.tensors);
  const wiring = asFormatError(() => {
    const graph = rebuild(content.architecture, resolve);
    checkWeights(graph, parts.weights);
    return graph;
  });
  return { content, wiring, parts };
}

/** The name and the seed of a saved model. */
export function readNameAndSeed(content: Saved['content']): { name: string; seed: number } {
  const name = readText('name', content.name);
  if (name === '') throw new FormatError('load: name: expected a text that is not empty');
  return { name, seed: readWhole('seed', content.seed) };
}

/** What a file makes the checks of options and shapes throw is a fault of the file. */
export function asFormatError<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof RecurraError) || error instanceof FormatError || error instanceof MemoryError) {
      throw error;
    }
    throw new FormatError(`load: ${error.message}`);
  }
}

function sortTensors(tensors: ReadonlyMap<string, Tensor>): Parts {
  const found = { weight: Object.create(null), slot: Object.create(null), state: Object.create(null) };
  const kinds = Object.keys(PREFIXES) as (keyof typeof PREFIXES)[];
  for (const [name, value] of tensors) {
    const kind = kinds.find((one) => name.startsWith(PREFIXES[one]));
    if (kind !== undefined) found[kind][name.slice(PREFIXES[kind].length)] = value;
    else if (name !== GRADIENTS) throw new FormatError(`load: tensor '${name}' is of no known kind`);
  }
  return {
    weights: found.weight,
    slots: found.slot,
    states: found.state,
    gradients: tensors.get(GRADIENTS),
  };
}

/** Compares the weights a graph needs with those there are, before memory is taken for any. */
function checkWeights({ inputs, outputs }: Wiring, weights: Readonly<Record<string, Tensor>>): void {
  const needed = declareParameters(new Graph(inputs, outputs));
  for (const { name, declaration } of needed) {
    const given = weights[name];
    if (given === undefined) throw new FormatError(`load: the file lacks the weight '${name}'`);
    if (!sameShape(given.shape, declaration.shape)) {
      const [got, expected] = [formatShape(given.shape), formatShape(declaration.shape)];
      throw new FormatError(`load: weight '${name}' has shape ${got}, expected ${expected}`);
    }
  }
}
