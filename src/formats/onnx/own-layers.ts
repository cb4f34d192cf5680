import { FormatError, RecurraError } from '../../errors.js';
import { Layer } from '../../layers/layer.js';
import { definitionOf } from '../../layers/registry.js';
import { formatShape, sameShape } from '../../shape.js';
import type { Tensor } from '../../tensor.js';
import { arrange } from './arrange.js';
import { DOMAIN } from './export/writer.js';
import type { NodeUse, Outputs } from './node.js';
import type { FunctionProto } from './proto/messages.js';
import { BATCH, type Flow, flowOf } from './values.js';

/** What an export notes of a function that stands for a layer of ours. */
interface Note {
  readonly type: string;
  readonly config: object;
  readonly inputs: number;
  readonly weights: readonly string[];
}

const isText = (value: unknown): value is string => typeof value === 'string';

/** The layer that a function stands for, or null where it is an ordinary one. */
export function noteOf({ domain, doc }: FunctionProto): Note | null {
  if (domain !== DOMAIN) return null;
  let parsed: unknown;
  try {
    parsed = JSON.parse(doc);
  } catch {
    return null;
  }
  const { type, config, inputs, weights } = (parsed ?? {}) as Partial<Note>;
  const good =
    isText(type) &&
    typeof config === 'object' &&
    config !== null &&
    Number.isSafeInteger(inputs) &&
    Array.isArray(weights) &&
    weights.every(isText);
  return good ? (parsed as Note) : null;
}

/** [batch, ...] with every axis as one of the tensor. */
function plain(node: NodeUse, flow: Flow) {
  if (flow.axes[0] !== BATCH) node.refuse('the batch of what goes in is not in front');
  const groups = flow.axes.slice(1).map((_, i) => [i + 1]);
  return arrange(node.where, node.builder, flow, groups);
}

/** Makes the layer of a note. @throws FormatError where it and its weights do not fit together */
export function restoreLayer(node: NodeUse, { type, config, inputs, weights }: Note): Outputs {
  if (node.inputs.length < inputs + weights.length) node.refuse(`has ${node.inputs.length} inputs`);
  const values = Array.from({ length: inputs }, (_, i) => plain(node, node.flow(i)));
  const given: Record<string, Tensor> = {};
  weights.forEach((name, i) => {
    const { data, shape } = node.constant(inputs + i, name);
    given[name] = { data: Float32Array.from(data), shape: [...shape] };
  });
  try {
    const definition = definitionOf(type);
    const restored = definition.restore(config, node.where, definitionOf);
    const shapes = values.map((value) => value.shape);
    if (inputs < 1 || inputs > (definition.maxInputs ?? 1))
      node.refuse(`has ${inputs} inputs beside its weights`);
    definition.outputShapes(restored, shapes, node.where); // throws for shapes that weights cannot be declared for
    const declared = definition.parameters(restored, shapes);
    for (const { name, shape } of declared) {
      const own = Object.hasOwn(given, name) ? given[name] : node.refuse(`the weight ${name} is missing`);
      if (sameShape(own.shape, shape)) continue;
      node.refuse(`the weight ${name} has shape ${formatShape(own.shape)}, expected ${formatShape(shape)}`);
    }
    const make = (name: string): Layer => new Layer(definition, restored, name) as unknown as Layer;
    const own = Object.fromEntries(declared.map(({ name }) => [name, given[name]]));
    const outputs = node.builder.layer(type, node.proto, make, own).applyAll(values);
    return outputs.map((tensor) => flowOf(tensor, [BATCH, ...tensor.shape.map((_, axis) => [axis])]));
  } catch (error) {
    if (error instanceof FormatError || !(error instanceof RecurraError)) throw error;
    throw new FormatError(`${node.where}: ${error.message}`);
  }
}
