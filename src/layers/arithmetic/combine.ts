import { checkWord } from '../../check.js';
import { checkOptionNames, ShapeError } from '../../errors.js';
import type { Ref } from '../../program/region.js';
import type { OpenShape } from '../../shape.js';
import { type BaseOptions, type Binding, Layer, type LayerDefinition } from '../layer.js';
import { layerLabel } from '../options.js';
import { restoreWith } from '../restore.js';
import { memorySizes } from './memory.js';
import {
  broadcastShape,
  clear,
  OPERATION_NAMES,
  type Operand,
  type OperationName,
  recordOperation,
  recordOperationGradient,
} from './operations.js';

/** Options of {@link combine}. */
export interface CombineOptions extends BaseOptions {
  /** Name of the operation. */
  operation: OperationName;
}

interface CombineConfig {
  readonly operation: OperationName;
}

const operands = (k: Binding, stepping: boolean): [Operand, Operand] => {
  const [a, b] = k.inputShapes.map((shape, i) => ({
    place: k.input(i),
    sizes: memorySizes(shape, k.batch, stepping),
  }));
  return [a, b];
};

/** Whether one of two sequences has one step and the other has more. */
const repeatsSteps = ([a, b]: readonly OpenShape[]): boolean => a.length > 1 && a[0] !== b[0];

const definition: LayerDefinition<CombineConfig> = {
  type: 'combine',
  restore: restoreWith(combine),
  maxInputs: 2,
  outputShapes(_config, inputs, name) {
    if (inputs.length !== 2) throw new ShapeError(`${name}: got ${inputs.length} inputs, expected 2`);
    return [broadcastShape(inputs[0], inputs[1], name)];
  },
  parameters: () => [],
  forward: ({ operation }, k) => recordOperation(k, operation, ...operands(k, false), false),
  backward({ operation }, k) {
    for (const index of [0, 1] as const) {
      const dx = k.inputGradient(index);
      if (dx === null) continue;
      clear(k, dx, k.inputShapes[index]);
      recordOperationGradient(k, operation, operands(k, false), index, dx, k.outputGradient() as Ref);
    }
  },
  masks(_config, masked, inputs) {
    if (!masked.includes(true)) return [];
    if (masked[0] && !repeatsSteps(inputs)) return [true];
    return { refuses: 'steps of both inputs must be the same, and the first have the mask' };
  },
  step: ({ operation }, k) => recordOperation(k, operation, ...operands(k, true), true),
  refusesStep: (_config, inputs) =>
    repeatsSteps(inputs) ? 'one step of one input meets every step of the other' : undefined,
};

/** How these layers are saved and rebuilt. */
export const combineDefinition = definition as unknown as LayerDefinition;

/**
 * Two inputs element by element, each repeated along its axes of size 1:
 * `combine({ operation: 'divide' }).apply([a, b])`.   y = a op b
 *
 * Of equal largest or smallest numbers the gradient goes to the first.
 *
 * @throws UnknownNameError for an operation or option that does not exist
 */
export function combine(options: CombineOptions): Layer {
  const where = layerLabel(definition.type, options);
  checkOptionNames(where, options, ['operation', 'name', 'trainable']);
  const config = { operation: checkWord(where, 'operation', options.operation, OPERATION_NAMES) };
  return new Layer(definition, config, options.name, options.trainable) as unknown as Layer;
}
