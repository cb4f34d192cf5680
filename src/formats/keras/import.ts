import { checkBoolean } from '../../check.js';
import { describeValue } from '../../describe.js';
import { checkOptionNames, FormatError, MemoryError, RecurraError, ValueError } from '../../errors.js';
import type { Layer } from '../../layers/layer.js';
import { Graph, type NamedLayer } from '../../model/graph.js';
import type { ModelOptions } from '../../model/network.js';
import { declareParameters } from '../../model/parameters.js';
import type { Tensor } from '../../tensor.js';
import { NamedModel } from '../../training/named/model.js';
import { fileBytes } from '../file.js';
import { placeWeights } from '../weights.js';
import { type Family, isFields, serialized } from './dialect.js';
import { readModel } from './graph/read.js';
import { openKeras, openWeights } from './open.js';
import { restoreTraining } from './training/index.js';
import { collectWeights } from './weights/collect.js';
import { type PlacedSlot, type WeightNode, weightNode } from './weights/slots.js';

/** Options of {@link importKeras}. */
export interface ImportKerasOptions extends ModelOptions {
  /** False leaves the model uncompiled, whatever the file says. Default true, as in Keras's `load_model`. */
  compile?: boolean;
  /**
   * Told what of a file is not read though it counts: variables of an optimizer that are others than it has here. Default
   * `console.warn`; Keras warns too.
   */
  onWarning?: (message: string) => void;
  /**
   * What `model.to_json()` gave in Keras, as text or parsed, for a file that has weights alone (`.weights.h5`, or what
   * `save_weights` wrote before Keras 3), as `model_from_json` and `load_weights` take it.
   */
  config?: string | object;
}

/** What a file makes our own checks throw is a fault of the file. */
export function asFormatError<T>(where: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof FormatError || error instanceof MemoryError) throw error;
    if (error instanceof RecurraError) {
      throw new FormatError(error.message.startsWith(where) ? error.message : `${where}: ${error.message}`);
    }
    throw error;
  }
}

/** The options of an import, apart from those of the model. */
export function importOptions(
  where: string,
  options: Omit<ImportKerasOptions, 'config'>,
): { compile: boolean; warn: (message: string) => void; model: ModelOptions } {
  checkOptionNames(where, options, ['compile', 'onWarning', 'seed', 'name', 'numerics', 'threads']);
  const { compile = true, onWarning, ...model } = options;
  checkBoolean(where, 'compile', compile);
  if (onWarning !== undefined && typeof onWarning !== 'function') {
    throw new ValueError(`${where}: onWarning must be a function, got ${describeValue(onWarning)}`);
  }
  return { compile, warn: onWarning ?? ((message) => console.warn(message)), model };
}

/** A model of a file and the weights that it needs. */
export interface Described {
  readonly graph: Graph;
  readonly weights: WeightNode;
  /** Name of the model in the file. */
  readonly name: string;
}

/** The graph that a config describes. Takes no memory for weights. @throws FormatError */
export function describeModel(where: string, family: Family, config: unknown): Described {
  return asFormatError(where, () => {
    const file = serialized(config);
    if (file === null) throw new FormatError(`${where}: the file describes no model`);
    const own =
      isFields(config) && Array.isArray(config.config)
        ? { ...file, config: { layers: config.config } }
        : file;
    const name = typeof own.config.name === 'string' && own.config.name !== '' ? own.config.name : 'model';
    const model = readModel({ where, family, prefix: '', depth: 0 }, own, name);
    const inputs = model.inputs();
    const graph = new Graph(inputs, model.apply(inputs, {}));
    const layers = new Map<Layer, NamedLayer>(graph.layers.map((named) => [named.layer, named]));
    return { graph, weights: weightNode(model.node, layers), name };
  });
}

/**
 * The model of a description with weights of a file: all of them are there before memory is taken for any.
 * @throws FormatError
 */
export function buildModel(
  where: string,
  { graph, name }: Described,
  found: readonly (readonly [PlacedSlot, Tensor])[],
  options: ModelOptions,
): NamedModel<Tensor | Tensor[]> {
  const weights = collectWeights(
    where,
    found.map(([slot]) => slot),
    found.map(([, tensor]) => tensor),
  );
  const missing = declareParameters(graph).find((weight) => !Object.hasOwn(weights, weight.name));
  if (missing !== undefined)
    throw new FormatError(`${where}: the file has no place for the weight '${missing.name}'`);
  const { inputs, outputs } = graph;
  const model = new NamedModel<Tensor | Tensor[]>({ inputs, outputs }, { name, ...options }, false);
  placeWeights(model, weights);
  return model;
}

/**
 * Reads a model that Keras saved: a `.keras` file (Keras 3 and 2.12 and later), a whole model in a `.h5` file, or
 * weights in a file and the model's description as `config`.
 * Sequential and functional models, models inside models and shared layers included. A model that was compiled comes
 * back compiled; of a `.keras` file also with what its optimizer kept.
 *
 * @param bytes the file
 * @throws FormatError for a file that is damaged, or that holds what cannot be read: layer and option are named;
 *   UnknownNameError, whose message is that of the FormatError, for options of this function
 */
export function importKeras(
  bytes: Uint8Array | ArrayBuffer,
  options: ImportKerasOptions = {},
): NamedModel<Tensor | Tensor[]> {
  const where = 'importKeras';
  const { config, ...others } = options;
  const { model: modelOptions, compile, warn } = importOptions(where, others);
  const given = fileBytes(where, bytes);
  const file = config === undefined ? openKeras(where, given) : openWeights(where, given, config);
  const { family, training } = file;
  const described = describeModel(where, family, file.config);
  const model = buildModel(where, described, file.weights(described.weights), modelOptions);
  if (compile) {
    restoreTraining({ where, family }, model, described.weights, {
      config: training,
      variables: file.optimizer,
      warn,
    });
  }
  return model;
}
