import { checkList } from '../check.js';
import { describeValue } from '../describe.js';
import { checkOptionNames, ShapeError, ValueError } from '../errors.js';
import { input } from '../layers/input.js';
import { Layer } from '../layers/layer.js';
import { SymbolicTensor } from '../layers/symbolic.js';
import type { ModelOptions } from '../model/network.js';
import type { Tensor } from '../tensor.js';
import { type FunctionalOptions, Model } from './model.js';

/**
 * A model whose layers follow one another, as in Keras. The first entry is an `input`, or a model with one input.
 *
 * A model among the layers shares its weights with this one (`model.apply`).
 *
 * @throws ValueError or ShapeError that names the layer that does not fit
 */
export function sequential(
  layers: readonly (Layer | SymbolicTensor | Model)[],
  options: ModelOptions = {},
): Model<Tensor> {
  checkOptionNames('sequential', options, ['seed', 'name', 'numerics', 'threads']);
  const list = checkList('sequential', 'layers', layers);
  const [head] = list;
  const first = head instanceof Model && head.graph.inputs.length === 1 ? inputOf(head) : head;
  const rest = first === head ? list.slice(1) : list;
  if (!(first instanceof SymbolicTensor)) {
    throw new ValueError(`sequential: the first entry must be input({ shape }), got ${named(first)}`);
  }
  if (rest.length === 0) throw new ValueError('sequential: expected at least one layer behind the input');
  let value = first;
  rest.forEach((layer, i) => {
    if (!(layer instanceof Layer) && !(layer instanceof Model)) {
      throw new ValueError(`sequential: entry ${i + 1} must be a layer, got ${named(layer)}`);
    }
    const outputs = layer.applyAll(value);
    if (outputs.length > 1) {
      throw new ShapeError(
        `sequential: ${labelOf(layer)} has ${outputs.length} outputs; use model({ inputs, outputs }) for returnState`,
      );
    }
    value = outputs[0];
  });
  return new Model<Tensor>({ inputs: [first], outputs: [value] }, { name: 'sequential', ...options });
}

/** An input like that of a model. */
function inputOf({ graph }: Model): SymbolicTensor {
  const [{ shape, name }] = graph.inputs;
  return input({ shape: [...shape], ...(name !== undefined && { name }) });
}

const labelOf = (layer: Layer | Model): string => (layer instanceof Model ? layer.name : layer.label);

function named(value: unknown): string {
  if (value instanceof Model) return `model ${value.name}`;
  if (value instanceof Layer) return `layer ${value.label}`;
  return value instanceof SymbolicTensor ? 'a symbolic tensor' : describeValue(value);
}

/** What `predict` gives for the outputs of a functional model. */
export type OutputOf<O> = O extends SymbolicTensor ? Tensor : Tensor[];

/**
 * A model from symbolic inputs to outputs, as Keras's functional form.
 *
 * ```ts
 * const x = input({ shape: [10, 3] });
 * const y = dense({ units: 1 }).apply(lstm({ units: 8 }).apply(x));
 * const net = model({ inputs: x, outputs: y });
 * ```
 *
 * @throws ValueError when the outputs do not follow from the inputs
 */
export function model<O extends SymbolicTensor | readonly SymbolicTensor[]>(
  options: FunctionalOptions<O>,
): Model<OutputOf<O>> {
  checkOptionNames('model', options, ['inputs', 'outputs', 'seed', 'name', 'numerics', 'threads']);
  const { inputs, outputs, ...rest } = options;
  const list = (name: string, value: unknown): readonly SymbolicTensor[] =>
    value instanceof SymbolicTensor ? [value] : (checkList('model', name, value) as SymbolicTensor[]);
  const wiring = { inputs: list('inputs', inputs), outputs: list('outputs', outputs) };
  return new Model<OutputOf<O>>(wiring, rest);
}
