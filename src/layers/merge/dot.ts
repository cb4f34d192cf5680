import { checkOptionNames, ShapeError, ValueError } from '../../errors.js';
import type { Ref } from '../../program/region.js';
import { formatShape } from '../../shape.js';
import * as kernels from '../../wasm/generated/kernels.js';
import { type BaseOptions, type Binding, Layer, type LayerDefinition } from '../layer.js';
import { layerLabel } from '../options.js';
import { restoreWith } from '../restore.js';

/** Options of {@link dot}. */
export interface DotOptions extends BaseOptions {
  /** The axes over which the products are summed: the last of each input, −1 or [−1, −1], or counted from 0. */
  axes: number | readonly [number, number];
}

interface DotConfig {
  readonly axes: readonly [number, number];
}

/** T and S steps of the two inputs (1 for vectors), and D terms of a product. */
function sizes({ inputShapes: [a, c], batch: B }: Binding) {
  const steps = ({ length, 0: first }: readonly number[]): number => (length === 1 ? 1 : first);
  return { T: steps(a), S: steps(c), B, D: a[a.length - 1] };
}

const definition: LayerDefinition<DotConfig> = {
  type: 'dot',
  restore: restoreWith(dot),
  maxInputs: Number.POSITIVE_INFINITY,
  outputShapes({ axes }, shapes, name) {
    const came = shapes.map((shape) => formatShape([null, ...shape])).join(' and ');
    const [a, c] = shapes;
    if (shapes.length !== 2 || a.length !== c.length || a.length < 1 || a.length > 2) {
      throw new ShapeError(
        `${name}: inputs have shapes ${came}, expected two vectors [batch, features] or two sequences`,
      );
    }
    shapes.forEach((shape, i) => {
      if (axes[i] !== -1 && axes[i] !== shape.length) {
        throw new ValueError(
          `${name}: axes must be the last ones, -1 or ${shape.length}, got ${axes.join(', ')}`,
        );
      }
    });
    const [features, other] = shapes.map((shape) => shape[shape.length - 1]);
    if (features === null || features !== other) {
      throw new ShapeError(`${name}: inputs have shapes ${came}, expected last axes of equal size`);
    }
    return a.length === 1 ? [[1]] : [[a[0], c[0]]];
  },
  parameters: () => [],
  forward(_config, k) {
    const { T, S, B, D } = sizes(k);
    k.emit(kernels.batch_dot_forward, k.output(), k.input(0), k.input(1), T, S, B, D);
  },
  backward(_config, k) {
    const { T, S, B, D } = sizes(k);
    const places = [k.inputGradient(0), k.inputGradient(1), k.outputGradient() as Ref] as const;
    k.emit(kernels.batch_dot_backward, ...places, k.input(0), k.input(1), T, S, B, D);
  },
  masks: 'consumes', // as in Keras
  step: 'forward',
  refusesStep: (_config, [x]) =>
    x.length > 1 ? 'every step of one input meets every step of the other' : undefined,
};

/** How these layers are saved and rebuilt. */
export const dotDefinition = definition as unknown as LayerDefinition;

/**
 * Products of two inputs, sample by sample: `dot({ axes: -1 }).apply([a, b])`.
 *
 * ```text
 * vectors    a [B, D], b [B, D]         y [B, 1]      y = Σ_d a_d · b_d
 * sequences  a [B, T, D], b [B, S, D]   y [B, T, S]   y_ts = Σ_d a_td · b_sd
 * ```
 *
 * @throws ValueError for axes other than the last, UnknownNameError for an option that does not exist
 */
export function dot(options: DotOptions): Layer {
  const where = layerLabel(definition.type, options);
  checkOptionNames(where, options, ['axes', 'name', 'trainable']);
  const { axes } = options;
  const pair = typeof axes === 'number' ? [axes, axes] : axes;
  if (!Array.isArray(pair) || pair.length !== 2 || !pair.every(Number.isSafeInteger)) {
    throw new ValueError(`${where}: axes must be a whole number or two, got ${String(axes)}`);
  }
  const config = { axes: [pair[0], pair[1]] as const };
  return new Layer(definition, config, options.name, options.trainable) as unknown as Layer;
}
