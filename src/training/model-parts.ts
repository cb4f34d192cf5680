import { checkList } from '../check.js';
import { describeValue } from '../describe.js';
import { checkOptionNames, ShapeError, ValueError } from '../errors.js';
import { input } from '../layers/input.js';
import { Layer } from '../layers/layer.js';
import { SymbolicTensor } from '../layers/symbolic.js';
import type { ModelOptions, Wiring } from '../model/network.js';
import { type FunctionalOptions, Model } from './model.js';

/** What the constructor of a model takes. */
export type ModelParts = readonly [wiring: Wiring, options: ModelOptions];

/** What is given to `sequential`, as wiring and options of a model. */
export function sequentialParts(
  layers: readonly (Layer | SymbolicTensor | Model)[],
  options: ModelOptions,
): ModelParts {
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
  return [
    { inputs: [first], outputs: [value] },
    { name: 'sequential', ...options },
  ];
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

/** What is given to `model`, as wiring and options of a model. */
export function functionalParts(options: FunctionalOptions<unknown>): ModelParts {
  checkOptionNames('model', options, ['inputs', 'outputs', 'seed', 'name', 'numerics', 'threads']);
  const { inputs, outputs, ...rest } = options;
  const list = (name: string, value: unknown): readonly SymbolicTensor[] =>
    value instanceof SymbolicTensor ? [value] : (checkList('model', name, value) as SymbolicTensor[]);
  return [{ inputs: list('inputs', inputs), outputs: list('outputs', outputs) }, rest];
}
