import type { SymbolicTensor } from '../../../src/layers/symbolic.js';
import type { Network } from '../../../src/model/network.js';
import { REFERENCE_LAYERS } from './layers.js';
import { withMasks } from './masks.js';

/** A value in f64: batch first, then the shape of one sample. */
export interface Value {
  readonly data: Float64Array;
  readonly shape: readonly number[];
  /** Which steps of each sample count, [B, T]; all where there is none. */
  readonly mask?: Float64Array;
}

/** Weights in f64 by name. */
export type Weights = Record<string, Float64Array>;

/** The model's weights, widened. */
export function weightsOf(network: Network): Weights {
  const weights: Weights = {};
  for (const [name, { data }] of Object.entries(network.getWeights())) {
    weights[name] = Float64Array.from(data);
  }
  return weights;
}

/** Runs a model's graph in f64 by the equations of its layers, as in inference. */
export function referenceForward(network: Network, weights: Weights, inputs: readonly Value[]): Value[] {
  const { graph } = network;
  const values = new Map<SymbolicTensor, Value>();
  graph.inputs.forEach((value, i) => {
    values.set(value, inputs[i]);
  });
  for (const node of graph.nodes) {
    if (node.layer === null) continue;
    const { name, layer } = graph.named(node);
    const given = node.inputs.map((value) => values.get(value) as Value);
    const own: Weights = {};
    for (const [key, data] of Object.entries(weights)) {
      if (key.startsWith(`${name}.`)) own[key.slice(name.length + 1)] = data;
    }
    const run = REFERENCE_LAYERS[layer.definition.type];
    if (run === undefined) throw new Error(`no f64 reference for layer ${layer.definition.type}`);
    const { type } = layer.definition;
    const outputs = withMasks(type, given, run(layer.config as never, given, own));
    node.outputs.forEach((value, i) => {
      values.set(value, outputs[i]);
    });
  }
  return graph.outputs.map((value) => values.get(value) as Value);
}

/** Central differences of a scalar of the weights, one weight at a time: at `places`, or everywhere. */
export function finiteDifferences(
  weights: Weights,
  name: string,
  loss: (weights: Weights) => number,
  places?: readonly number[],
  step = 1e-5,
): Float64Array {
  const data = weights[name];
  return Float64Array.from(places ?? data.keys(), (i) => {
    const value = data[i];
    data[i] = value + step;
    const up = loss(weights);
    data[i] = value - step;
    const down = loss(weights);
    data[i] = value;
    return (up - down) / (2 * step);
  });
}

/** The derivative of a scalar of the weights along a direction of length 1, by a central difference. */
export function differenceAlong(
  weights: Weights,
  name: string,
  loss: (weights: Weights) => number,
  direction: Float64Array,
  step = 1e-5,
): number {
  const data = weights[name];
  const before = data.slice();
  const at = (distance: number): number => {
    data.forEach((_, i) => {
      data[i] = before[i] + distance * direction[i];
    });
    return loss(weights);
  };
  const difference = (at(step) - at(-step)) / (2 * step);
  data.set(before);
  return difference;
}
