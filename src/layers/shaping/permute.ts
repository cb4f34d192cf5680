import { checkOptionNames, ShapeError, ValueError } from '../../errors.js';
import type { Ref } from '../../program/region.js';
import { formatShape, type Shape, sizeOf } from '../../shape.js';
import * as kernels from '../../wasm/generated/kernels.js';
import { type BaseOptions, type Binding, Layer, type LayerDefinition } from '../layer.js';
import { layerLabel } from '../options.js';
import { restoreWith } from '../restore.js';

/** Options of {@link permute}. */
export interface PermuteOptions extends BaseOptions {
  /** Which axis of the input each axis of the output is, counted from 1; the batch stays in front. */
  dims: readonly number[];
}

interface PermuteConfig {
  readonly dims: readonly number[];
}

const MAX_RANK = 3;

interface Axes {
  readonly sizes: readonly number[];
  readonly strides: readonly number[];
}

/** Sizes and strides of the axes of memory: the sample's, with the batch behind the time of a sequence. */
function memoryAxes(shape: Shape, batch: number, stepping: boolean): Axes {
  const sequence = shape.length > 1 && !stepping;
  const sizes = sequence ? [shape[0], batch, ...shape.slice(1)] : [batch, ...shape];
  return { sizes, strides: sizes.map((_, i) => sizeOf(sizes.slice(i + 1))) };
}

/** Where the axes of one sample and, first, the batch stand in memory. */
function positions(rank: number, stepping: boolean): { batch: number; axes: number[] } {
  const axes = Array.from({ length: rank }, (_, i) => i + 1);
  if (rank > 1 && !stepping) return { batch: 1, axes: [0, ...axes.slice(1)] };
  return { batch: 0, axes };
}

/** out[…] = x with the sample's axes in the order `dims` (from 0). */
function record(
  k: Binding,
  out: Ref,
  x: Ref,
  shape: Shape,
  dims: readonly number[],
  stepping: boolean,
): void {
  const { sizes, strides } = memoryAxes(shape, k.batch, stepping);
  const from = positions(shape.length, stepping);
  const order = new Array<number>(sizes.length);
  order[from.batch] = from.batch;
  from.axes.forEach((position, i) => {
    order[position] = from.axes[dims[i]];
  });
  const front = new Array<number>(4 - order.length);
  const counts = [...front.fill(1), ...order.map((i) => sizes[i])];
  const steps = [...front.fill(0), ...order.map((i) => strides[i])];
  const [I, J, K, L] = counts;
  const [si, sj, sk, sl] = steps;
  k.emit(kernels.permute_copy, out, x, I, J, K, L, si, sj, sk, sl);
}

const definition: LayerDefinition<PermuteConfig> = {
  type: 'permute',
  restore: restoreWith(permute),
  outputShapes({ dims }, [x], name) {
    if (x.length !== dims.length) {
      const came = formatShape([null, ...x]);
      throw new ShapeError(`${name}: input has shape ${came}, expected ${dims.length} axes beside the batch`);
    }
    const shape = dims.map((d) => x[d - 1]);
    if (shape.slice(1).includes(null)) {
      throw new ShapeError(`${name}: time has no known length and cannot become an axis of features`);
    }
    return [shape];
  },
  parameters: () => [],
  forward({ dims }, k) {
    const order = dims.map((d) => d - 1);
    record(k, k.output(), k.input(), k.inputShapes[0], order, false);
  },
  backward({ dims }, k) {
    const dx = k.inputGradient();
    if (dx === null) return;
    const inverse = dims.map((_, i) => dims.indexOf(i + 1));
    record(k, dx, k.outputGradient() as Ref, k.outputShapes[0], inverse, false);
  },
  masks: ({ dims }, [masked]) => (masked && dims[0] !== 1 ? { refuses: 'it moves the time axis' } : [masked]),
  step({ dims }, k) {
    const order = dims.length === 1 ? [0] : dims.slice(1).map((d) => d - 2);
    record(k, k.output(), k.input(), k.inputShapes[0], order, true);
  },
  refusesStep: ({ dims }) => (dims[0] === 1 ? undefined : 'it moves the time axis'),
};

/** How these layers are saved and rebuilt. */
export const permuteDefinition = definition as unknown as LayerDefinition;

/**
 * The axes of a sample in another order: `permute({ dims: [2, 1] })` makes `[batch, b, a]` of `[batch, a, b]`.
 *
 * @throws ValueError unless dims is a permutation of 1, 2, … up to 3
 */
export function permute(options: PermuteOptions): Layer {
  const where = layerLabel('permute', options);
  checkOptionNames(where, options, ['dims', 'name', 'trainable']);
  const { dims } = options;
  const ordered = Array.isArray(dims) ? [...(dims as number[])].sort((a, b) => a - b) : [];
  if (ordered.length === 0 || ordered.length > MAX_RANK || ordered.some((d, i) => d !== i + 1)) {
    throw new ValueError(
      `${where}: dims must hold each of 1, 2, ... once, ${MAX_RANK} at most, got ${String(dims)}`,
    );
  }
  const config: PermuteConfig = { dims: [...dims] };
  return new Layer(definition, config, options.name, options.trainable) as unknown as Layer;
}
