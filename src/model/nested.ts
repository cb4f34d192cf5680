import { checkList } from '../check.js';
import { describeValue } from '../describe.js';
import { ShapeError, ValueError } from '../errors.js';
import { type Lender, SymbolicTensor } from '../layers/symbolic.js';
import { type OpenShape, withBatch } from '../shape.js';
import type { Graph } from './graph.js';
import type { Network } from './network.js';

/** Whether data of a shape can be of another: open sizes fit any. */
function fits(given: OpenShape, expected: OpenShape): boolean {
  return (
    given.length === expected.length &&
    expected.every((size, i) => size === null || given[i] === null || size === given[i])
  );
}

/**
 * The uses of a model's layers once more, from other inputs on.
 * @throws ValueError for another number of inputs or what is no symbolic tensor, ShapeError
 */
export function applyGraph(lender: Lender, graph: Graph, inputs: unknown): SymbolicTensor[] {
  const { name } = lender;
  const given = inputs instanceof SymbolicTensor ? [inputs] : checkList(name, 'inputs', inputs);
  if (given.length !== graph.inputs.length) {
    throw new ValueError(`${name}: applied to ${given.length} inputs, expected ${graph.inputs.length}`);
  }
  const places = new Map<SymbolicTensor, SymbolicTensor>();
  graph.inputs.forEach((value, i) => {
    const place = given[i];
    if (!(place instanceof SymbolicTensor)) {
      throw new ValueError(`${name}: expected what input or apply gives, got ${describeValue(place)}`);
    }
    if (!fits(place.shape, value.shape)) {
      const [got, expected] = [withBatch(place.shape), withBatch(value.shape)];
      throw new ShapeError(`${name}: input '${graph.inputNames[i]}' has shape ${got}, expected ${expected}`);
    }
    places.set(value, place);
  });
  for (const node of graph.nodes) {
    if (node.layer === null) continue;
    const outputs = node.layer.applyAll(node.inputs.map((value) => places.get(value) as SymbolicTensor));
    const named = graph.named(node);
    outputs[0].node.origin = { model: lender, name: named.name, trainable: named.trainable };
    node.outputs.forEach((value, i) => {
      places.set(value, outputs[i]);
    });
  }
  return graph.outputs.map((value) => places.get(value) as SymbolicTensor);
}

/** The models that a graph is made of, with the names of their weights here and there. */
export function loansOf(graph: Graph): Map<Network, (readonly [string, string])[]> {
  const loans = new Map<Network, (readonly [string, string])[]>();
  for (const { layer, name, inputShapes, origins } of graph.layers) {
    const weights = layer.definition.parameters(layer.config, inputShapes);
    for (const model of new Set(origins.map((origin) => origin.model))) {
      const theirs = origins.find((origin) => origin.model === model)?.name;
      const pairs = weights.map((weight) => [`${name}.${weight.name}`, `${theirs}.${weight.name}`] as const);
      loans.set(model as Network, [...(loans.get(model as Network) ?? []), ...pairs]);
    }
  }
  return loans;
}
