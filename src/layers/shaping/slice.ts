import { checkInteger } from '../../check.js';
import { checkOptionNames, ShapeError, ValueError } from '../../errors.js';
import { at, type Ref } from '../../program/region.js';
import { formatShape, sizeOf } from '../../shape.js';
import * as kernels from '../../wasm/generated/kernels.js';
import { around, axisOf, checkAxis, refusesTimeAxis, stepAxis } from '../axes.js';
import { type BaseOptions, type Binding, Layer, type LayerDefinition } from '../layer.js';
import { layerLabel } from '../options.js';
import { restoreWith } from '../restore.js';

/** Options of {@link slice}. */
export interface SliceOptions extends BaseOptions {
  /** First position kept. Default 0. */
  start?: number;
  /** How many positions are kept; −1 keeps all from `start` on. Default −1. */
  size?: number;
  /** The axis, counted with the batch as 0: 1 is the time of a sequence. Default −1, the last. */
  axis?: number;
}

interface SliceConfig {
  readonly start: number;
  readonly size: number;
  readonly axis: number;
}

interface Cut {
  readonly rows: number;
  /** Floats of a row of the input and of the output, and where the output starts in the input's. */
  readonly whole: number;
  readonly kept: number;
  readonly from: number;
}

function cut(config: SliceConfig, k: Binding, axis: number, stepping: boolean): Cut {
  const [x, y] = [k.inputShapes[0], k.outputShapes[0]];
  const { outer, inner } = around(x, axis, k.batch, stepping);
  return { rows: outer, whole: x[axis] * inner, kept: y[axis] * inner, from: config.start * inner };
}

function record(config: SliceConfig, k: Binding, axis: number, stepping: boolean): void {
  const { rows, whole, kept, from } = cut(config, k, axis, stepping);
  k.emit(kernels.copy_columns, k.output(), at(k.input(), from), rows, kept, kept, whole);
}

const definition: LayerDefinition<SliceConfig> = {
  type: 'slice',
  restore: restoreWith(slice),
  outputShapes({ start, size, axis }, [x], name) {
    const position = axisOf(name, axis, x.length);
    const length = x[position];
    let kept: number | null = size;
    if (length !== null) {
      kept = size === -1 ? length - start : size;
      if (kept < 1 || start + kept > length) {
        const came = formatShape([null, ...x]);
        throw new ShapeError(
          `${name}: input has shape ${came}, which has no ${start} + ${size} on axis ${axis}`,
        );
      }
    } else if (size === -1) kept = null;
    return [x.map((d, i) => (i === position ? kept : d))];
  },
  parameters: () => [],
  forward(config, k) {
    const { length: rank } = k.inputShapes[0];
    const axis = axisOf(k.name, config.axis, rank);
    record(config, k, axis, false);
    const mask = k.mask();
    if (mask !== null && axis === 0 && rank > 1) k.setMask(0, at(mask, config.start * k.batch));
  },
  backward(config, k) {
    const dx = k.inputGradient();
    if (dx === null) return;
    const axis = axisOf(k.name, config.axis, k.inputShapes[0].length);
    const { rows, whole, kept, from } = cut(config, k, axis, false);
    k.emit(kernels.fill, dx, k.batch * sizeOf(k.inputShapes[0]), 0);
    k.emit(kernels.copy_columns, at(dx, from), k.outputGradient() as Ref, rows, kept, whole, kept);
  },
  masks: ({ axis }, [masked], [x]) => [masked && (refusesTimeAxis(axis, x.length) ? 'moved' : true)],
  step(config, k) {
    record(config, k, stepAxis(config.axis, k.inputShapes[0].length), true);
  },
  refusesStep: ({ axis }, [x]) => refusesTimeAxis(axis, x.length),
};

/** How these layers are saved and rebuilt. */
export const sliceDefinition = definition as unknown as LayerDefinition;

/**
 * A run of positions along one axis: `slice({ start: 2, size: 3 })` keeps features 2, 3 and 4.
 *
 * @throws ValueError for an option out of range, UnknownNameError for an option that does not exist
 */
export function slice(options: SliceOptions = {}): Layer {
  const where = layerLabel('slice', options);
  checkOptionNames(where, options, ['start', 'size', 'axis', 'name', 'trainable']);
  const size = checkInteger(where, 'size', options.size ?? -1, { min: -1 });
  if (size === 0)
    throw new ValueError(`${where}: size must be at least 1, or -1 for all that follows, got 0`);
  const config: SliceConfig = {
    start: checkInteger(where, 'start', options.start ?? 0, { min: 0 }),
    size,
    axis: checkAxis(where, options.axis ?? -1),
  };
  return new Layer(definition, config, options.name, options.trainable) as unknown as Layer;
}
