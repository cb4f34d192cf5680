import { checkOptionNames } from '../../errors.js';
import { at, type Ref } from '../../program/region.js';
import * as kernels from '../../wasm/generated/kernels.js';
import { around, axisOf, checkAxis, refusesTimeAxis, stepAxis } from '../axes.js';
import {
  type BackwardBinding,
  type BaseOptions,
  type Binding,
  Layer,
  type LayerDefinition,
} from '../layer.js';
import { layerLabel } from '../options.js';
import { restoreWith } from '../restore.js';
import { recordAnyMask } from './masks.js';
import { commonShape } from './shapes.js';

/** Options of {@link concatenate}. */
export interface ConcatenateOptions extends BaseOptions {
  /** The axis along which inputs are joined, counted with the batch as 0. Default −1, the last. */
  axis?: number;
}

interface ConcatenateConfig {
  readonly axis: number;
}

interface Part {
  /** Floats of this input in one row, and of the inputs in front of it. */
  readonly width: number;
  readonly from: number;
}

function layout(k: Binding, axis: number, stepping: boolean): { rows: number; width: number; parts: Part[] } {
  const y = k.outputShapes[0];
  const { outer, inner } = around(y, axis, k.batch, stepping);
  let from = 0;
  const parts = k.inputShapes.map((shape) => {
    const part = { width: shape[axis] * inner, from };
    from += part.width;
    return part;
  });
  return { rows: outer, width: from, parts };
}

function record(k: Binding, axis: number, stepping: boolean): void {
  const { rows, width, parts } = layout(k, axis, stepping);
  parts.forEach((part, i) => {
    k.emit(kernels.copy_columns, at(k.output(), part.from), k.input(i), rows, part.width, width, part.width);
  });
}

function recordGradients(k: BackwardBinding, axis: number): void {
  const { rows, width, parts } = layout(k, axis, false);
  const dy = k.outputGradient() as Ref;
  parts.forEach((part, i) => {
    const dx = k.inputGradient(i);
    if (dx !== null) k.emit(kernels.copy_columns, dx, at(dy, part.from), rows, part.width, part.width, width);
  });
}

const positionIn = (config: ConcatenateConfig, k: Binding): number =>
  axisOf(k.name, config.axis, k.inputShapes[0].length);

const alongTime = (axis: number, rank: number): boolean => refusesTimeAxis(axis, rank) !== undefined;

/** One mask behind the other; where an input has none, every step counts. */
function recordJoinedMask(k: Binding): void {
  const masks = k.inputShapes.map((_, i) => k.mask(i));
  if (masks.every((mask) => mask === null)) return;
  const joined = at(k.buffer('mask', k.batch * k.outputShapes[0][0]));
  let from = 0;
  masks.forEach((mask, i) => {
    const floats = k.batch * k.inputShapes[i][0];
    if (mask === null) k.emit(kernels.fill, at(joined, from), floats, 1);
    else k.emit(kernels.copy, at(joined, from), mask, floats);
    from += floats;
  });
  k.setMask(0, joined);
}

const definition: LayerDefinition<ConcatenateConfig> = {
  type: 'concatenate',
  restore: restoreWith(concatenate),
  maxInputs: Number.POSITIVE_INFINITY,
  outputShapes({ axis }, shapes, name) {
    const position = axisOf(name, axis, shapes[0].length);
    const common = commonShape(shapes, name, position);
    const sizes = shapes.map((shape) => shape[position]);
    const total = sizes.reduce<number | null>((sum, d) => (sum === null || d === null ? null : sum + d), 0);
    return [common.map((size, i) => (i === position ? total : size))];
  },
  parameters: () => [],
  forward(config, k) {
    record(k, positionIn(config, k), false);
    if (alongTime(config.axis, k.inputShapes[0].length)) recordJoinedMask(k);
    else recordAnyMask(k, k.batch * k.outputShapes[0][0]);
  },
  backward: (config, k) => recordGradients(k, positionIn(config, k)),
  masks: ({ axis }, masked, [x]) =>
    alongTime(axis, x.length) ? [masked.includes(true) && 'moved'] : [!masked.includes(false)],
  step({ axis }, k) {
    record(k, stepAxis(axis, k.inputShapes[0].length), true);
    recordAnyMask(k, k.batch);
  },
  refusesStep: ({ axis }, [x]) => refusesTimeAxis(axis, x.length),
};

/** How these layers are saved and rebuilt. */
export const concatenateDefinition = definition as unknown as LayerDefinition;

/**
 * Joins inputs along an axis: `concatenate().apply([a, b])`.   y = [a, b, …]
 *
 * All other sizes must be equal. `axis: 1` of sequences joins them in time.
 *
 * @throws ValueError for an axis that there is not, UnknownNameError for an option that does not exist
 */
export function concatenate(options: ConcatenateOptions = {}): Layer {
  const where = layerLabel(definition.type, options);
  checkOptionNames(where, options, ['axis', 'name', 'trainable']);
  const config = { axis: checkAxis(where, options.axis ?? -1) };
  return new Layer(definition, config, options.name, options.trainable) as unknown as Layer;
}
