import { checkWord } from '../../check.js';
import { checkOptionNames, ShapeError } from '../../errors.js';
import type { Ref } from '../../program/region.js';
import { formatShape } from '../../shape.js';
import * as kernels from '../../wasm/generated/kernels.js';
import { around, axisOf, checkAxis, refusesTimeAxis, stepAxis } from '../axes.js';
import { type BaseOptions, type Binding, Layer, type LayerDefinition } from '../layer.js';
import { layerLabel } from '../options.js';
import { restoreWith } from '../restore.js';

/** Reductions by name, with the codes of assembly/layers/axis_reduce.ts. */
export const REDUCTIONS = { sum: 0, mean: 1, max: 2, min: 3, product: 4 } as const;

/** Name of a reduction. */
export type ReductionName = keyof typeof REDUCTIONS;

/** Options of {@link reduce}. */
export interface ReduceOptions extends BaseOptions {
  /** Name of the reduction. */
  operation: ReductionName;
  /** The axis, counted with the batch as 0: 1 is the time of a sequence. Default −1, the last. */
  axis?: number;
}

interface ReduceConfig {
  readonly operation: ReductionName;
  readonly axis: number;
}

/** P, n, S and the code, as the kernels take them. */
function numbers({ operation }: ReduceConfig, k: Binding, axis: number, stepping: boolean) {
  const [shape] = k.inputShapes;
  const { outer, inner } = around(shape, axis, k.batch, stepping);
  return [outer, shape[axis], inner, REDUCTIONS[operation]] as const;
}

const definition: LayerDefinition<ReduceConfig> = {
  type: 'reduce',
  restore: restoreWith(reduce),
  outputShapes({ axis }, [x], name) {
    const position = axisOf(name, axis, x.length);
    if (position > 0 && x[position] === null) {
      throw new ShapeError(`${name}: input has shape ${formatShape([null, ...x])}`);
    }
    return [x.map((size, i) => (i === position ? 1 : size))];
  },
  parameters: () => [],
  forward(config, k) {
    const axis = axisOf(k.name, config.axis, k.inputShapes[0].length);
    k.emit(kernels.axis_reduce_forward, k.output(), k.input(), ...numbers(config, k, axis, false));
  },
  backward(config, k) {
    const dx = k.inputGradient();
    if (dx === null) return;
    const axis = axisOf(k.name, config.axis, k.inputShapes[0].length);
    const places = [dx, k.outputGradient() as Ref, k.input(), k.output()] as const;
    k.emit(kernels.axis_reduce_backward, ...places, ...numbers(config, k, axis, false));
  },
  masks: ({ axis }, [masked], [x]) =>
    masked && refusesTimeAxis(axis, x.length) ? { refuses: 'it works along the time axis' } : [masked],
  step(config, k) {
    const axis = stepAxis(config.axis, k.inputShapes[0].length);
    k.emit(kernels.axis_reduce_forward, k.output(), k.input(), ...numbers(config, k, axis, true));
  },
  refusesStep: ({ axis }, [x]) => refusesTimeAxis(axis, x.length),
};

/** How these layers are saved and rebuilt. */
export const reduceDefinition = definition as unknown as LayerDefinition;

/**
 * One number for all along an axis, which stays, of size 1: `reduce({ operation: 'mean', axis: 1 })` makes
 * `[batch, 1, features]` of `[batch, time, features]`. Numbers are taken in order, from the first on.
 *
 * Of equal largest or smallest numbers the gradient goes to the first.
 *
 * @throws UnknownNameError for an operation or option that does not exist, ValueError for no axis
 */
export function reduce(options: ReduceOptions): Layer {
  const where = layerLabel(definition.type, options);
  checkOptionNames(where, options, ['operation', 'axis', 'name', 'trainable']);
  const known = Object.keys(REDUCTIONS) as ReductionName[];
  const config: ReduceConfig = {
    operation: checkWord(where, 'operation', options.operation, known),
    axis: checkAxis(where, options.axis ?? -1),
  };
  return new Layer(definition, config, options.name, options.trainable) as unknown as Layer;
}
