import { describeValue } from '../../../describe.js';
import { input } from '../../../layers/input.js';
import type { Layer } from '../../../layers/layer.js';
import { activityRegularization } from '../../../layers/noise/index.js';
import type { SymbolicTensor } from '../../../layers/symbolic.js';
import type { OpenShape } from '../../../shape.js';
import { type Fields, isFields, type Place, refuse, type Serialized, serialized } from '../dialect.js';
import { readLayer } from '../layers/index.js';
import { readRegularizer } from '../values.js';
import { readFunctional } from './functional.js';

/** A layer of a file, or a model inside it. */
export interface FileNode {
  /** Its name in the file. */
  readonly name: string;
  readonly file: Serialized;
  /** Ours, once it has been used; null for inputs and models. */
  layer: Layer | null;
  /** The layers of a model, in the order of the file. */
  readonly children: readonly FileNode[];
}

/** What can be applied to values: a layer or a model. */
export interface Applicable {
  readonly node: FileNode;
  apply(inputs: readonly SymbolicTensor[], call: Fields): SymbolicTensor[];
}

/** A model of a file: its layers, and how values run through them. */
export interface FileModel extends Applicable {
  /** Inputs of its own, for a model that is none inside another. */
  inputs(): SymbolicTensor[];
}

/** Where models are read. */
export interface ModelPlace extends Place {
  /** What stands in front of the names of a model's layers: 'encoder.'. */
  readonly prefix: string;
  readonly depth: number;
}

/** Models inside models at most. */
const DEEPEST = 16;

const MODELS = ['Sequential', 'Functional', 'Model'];

export const isModel = ({ className }: Serialized): boolean => MODELS.includes(className);
export const isInput = ({ className }: Serialized): boolean => className === 'InputLayer';

/** The name of a layer in a file. @throws FormatError */
export function nameOf(place: Place, file: Serialized, given: unknown): string {
  const name = file.config.name ?? (isFields(given) ? given.name : undefined);
  if (typeof name === 'string' && name !== '') return name;
  return refuse(place, `a layer ${file.className} has no name`);
}

/** The sizes of one sample that an InputLayer or a first layer states, or null. */
export function sampleShape(place: Place, config: Fields): OpenShape | null {
  const given = config.batch_shape ?? config.batch_input_shape;
  if (given === undefined || given === null) return null;
  if (!Array.isArray(given) || given.length < 1) {
    return refuse(place, `the shape of an input: expected a list, got ${describeValue(given)}`);
  }
  return given.slice(1);
}

/** An input of a model. @throws FormatError for a shape that is none of ours */
export function readInput(place: Place, name: string, config: Fields): SymbolicTensor {
  for (const kind of ['sparse', 'ragged']) {
    if (config[kind] === true) refuse(place, `input '${name}' is ${kind}`);
  }
  const shape = sampleShape(place, config) ?? refuse(place, `input '${name}' has no shape`);
  if (shape.length === 0) refuse(place, `input '${name}' has no axis beside the batch`);
  return input({ name, shape });
}

/** A penalty on what a layer gives is a layer of ours behind it. */
function withActivityPenalty(
  place: Place,
  name: string,
  given: unknown,
  outputs: SymbolicTensor[],
): SymbolicTensor[] {
  const penalty = readRegularizer(place, 'activity_regularizer', given);
  if (penalty === null) return outputs;
  if (outputs.length > 1)
    refuse(place, `${name}: activity_regularizer of a layer with several outputs is not read`);
  const { l1, l2 } = penalty;
  return [activityRegularization({ l1, l2, name: `${name}_activity` }).apply(outputs[0])];
}

function applicableLayer(place: ModelPlace, name: string, file: Serialized): Applicable {
  const node: FileNode = { name, file, layer: null, children: [] };
  const title = place.prefix + name;
  let penalised: ((outputs: SymbolicTensor[]) => SymbolicTensor[]) | null = null;
  return {
    node,
    apply(inputs, call) {
      if (node.layer === null) {
        const rank = inputs[0]?.shape.length;
        const { where, family } = place;
        node.layer = readLayer(file, {
          where,
          family,
          name: title,
          call,
          ...(rank !== undefined && { rank }),
        });
      }
      const outputs = node.layer.applyAll(inputs);
      const { activity_regularizer: penalty } = file.config;
      if (penalty === null || penalty === undefined) return outputs;
      if (penalised !== null) refuse(place, `${name}: activity_regularizer of a shared layer is not read`);
      penalised = (own) => withActivityPenalty(place, title, penalty, own);
      return penalised(outputs);
    },
  };
}

/** A layer, or a model that is used as one. */
export function readApplicable(place: ModelPlace, given: unknown): Applicable {
  const file = serialized(given) ?? refuse(place, `expected a layer, got ${describeValue(given)}`);
  const name = nameOf(place, file, given);
  if (!isModel(file)) return applicableLayer(place, name, file);
  return readModel({ ...place, prefix: `${place.prefix}${name}.`, depth: place.depth + 1 }, file, name);
}

/** The entries of a Sequential: before Keras 2.2 its config is the list itself. */
function entriesOf(place: Place, config: unknown): readonly unknown[] {
  const layers = Array.isArray(config) ? config : isFields(config) ? config.layers : null;
  if (Array.isArray(layers) && layers.length > 0) return layers;
  return refuse(place, 'layers: expected a list of layers');
}

function readSequential(place: ModelPlace, file: Serialized, name: string): FileModel {
  const entries = entriesOf(place, file.config).map((given) => ({ given, file: serialized(given) }));
  const first = entries[0].file;
  const rest = first !== null && isInput(first) ? entries.slice(1) : entries;
  const parts = rest.map(({ given }) => readApplicable(place, given));
  if (parts.length === 0) refuse(place, `${name}: has no layers`);
  const head = parts[0];
  return {
    node: { name, file, layer: null, children: parts.map(({ node }) => node) },
    inputs() {
      if (first !== null && isInput(first)) {
        return [readInput(place, nameOf(place, first, entries[0].given), first.config)];
      }
      const { config } = head.node.file;
      if (sampleShape(place, config) !== null) return [readInput(place, `${head.node.name}_input`, config)];
      const built = file.config.build_input_shape;
      if (built !== undefined && built !== null) {
        return [readInput(place, `${head.node.name}_input`, { batch_shape: built })];
      }
      if ('inputs' in head) return (head as FileModel).inputs();
      return refuse(
        place,
        `${name}: the shape of its input is not in the file; build the model before it is saved`,
      );
    },
    apply: (inputs) =>
      parts.reduce((values: readonly SymbolicTensor[], part) => {
        if (values.length > 1) refuse(place, `${name}: a layer in a Sequential has ${values.length} outputs`);
        return part.apply(values, {});
      }, inputs) as SymbolicTensor[],
  };
}

/** The model that a file describes. @throws FormatError, UnknownNameError, and what our layers throw */
export function readModel(place: ModelPlace, file: Serialized, name: string): FileModel {
  if (place.depth > DEEPEST) refuse(place, `models are nested more than ${DEEPEST} deep`);
  if (file.className === 'Sequential') return readSequential(place, file, name);
  if (isModel(file) && isFields(file.config) && 'input_layers' in file.config) {
    return readFunctional(place, file, name);
  }
  return refuse(
    place,
    `a model of the class ${file.className} is not read; Sequential and Functional ones are`,
  );
}
