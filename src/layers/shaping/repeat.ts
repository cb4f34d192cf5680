import { checkOptionNames, ShapeError } from '../../errors.js';
import type { Ref } from '../../program/region.js';
import { formatShape, sizeOf } from '../../shape.js';
import * as kernels from '../../wasm/generated/kernels.js';
import { type BaseOptions, type Binding, Layer, type LayerDefinition } from '../layer.js';
import { layerLabel, positiveInteger } from '../options.js';
import { restoreWith } from '../restore.js';
import { checkSequence } from './layout.js';

/** Options of {@link repeatVector}. */
export interface RepeatVectorOptions extends BaseOptions {
  /** Number of steps. */
  n: number;
}

/** Options of {@link upSampling1d}. */
export interface UpSampling1dOptions extends BaseOptions {
  /** How many times each step comes. Default 2. */
  size?: number;
}

interface RepeatConfig {
  readonly n: number;
}

/** Blocks of floats, each of which is repeated: a whole batch of vectors, or each step of the batch. */
function blocks(k: Binding): { count: number; floats: number } {
  const shape = k.inputShapes[0];
  const count = shape.length === 1 ? 1 : shape[0];
  return { count, floats: (k.batch * sizeOf(shape)) / count };
}

const repetition: Pick<LayerDefinition<RepeatConfig>, 'parameters' | 'forward' | 'backward'> = {
  parameters: () => [],
  forward({ n }, k) {
    const { count, floats } = blocks(k);
    k.emit(kernels.repeat_copy, k.output(), k.input(), count, n, floats);
  },
  backward({ n }, k) {
    const { count, floats } = blocks(k);
    const dx = k.inputGradient();
    if (dx !== null) k.emit(kernels.repeat_sum, dx, k.outputGradient() as Ref, count, n, floats);
  },
};

const vector: LayerDefinition<RepeatConfig> = {
  ...repetition,
  type: 'repeatVector',
  restore: restoreWith(repeatVector),
  outputShapes({ n }, [x], name) {
    if (x.length !== 1 || x[0] === null) {
      throw new ShapeError(
        `${name}: input has shape ${formatShape([null, ...x])}, expected [batch, features]`,
      );
    }
    return [[n, x[0]]];
  },
  masks: { refuses: 'it makes a sequence of one vector' },
  step: { refuses: 'it makes a whole sequence of one vector' },
};

const sampling: LayerDefinition<RepeatConfig> = {
  ...repetition,
  type: 'upSampling1d',
  restore: restoreWith(upSampling1d, ({ n, ...others }) => ({ size: n, ...others })),
  outputShapes({ n }, [x], name) {
    checkSequence(x, name);
    return [[x[0] === null ? null : n * x[0], x[1]]];
  },
  masks: { refuses: 'it gives several steps for one' },
  step: { refuses: 'it gives several steps for one' },
};

/** How these layers are saved and rebuilt. */
export const REPEAT_DEFINITIONS = [vector, sampling] as unknown as readonly LayerDefinition[];

/**
 * A vector as a sequence of n equal steps: `[batch, features]` becomes `[batch, n, features]`.
 *
 * @throws ValueError unless n is a whole number of at least 1
 */
export function repeatVector(options: RepeatVectorOptions): Layer {
  const where = layerLabel('repeatVector', options);
  checkOptionNames(where, options, ['n', 'name', 'trainable']);
  const config = { n: positiveInteger(where, 'n', options.n) };
  return new Layer(vector, config, options.name, options.trainable) as unknown as Layer;
}

/**
 * Every step `size` times in a row: `[batch, time, features]` becomes `[batch, size·time, features]`.
 *
 * @throws ValueError unless size is a whole number of at least 1
 */
export function upSampling1d(options: UpSampling1dOptions = {}): Layer {
  const where = layerLabel('upSampling1d', options);
  checkOptionNames(where, options, ['size', 'name', 'trainable']);
  const config = { n: positiveInteger(where, 'size', options.size ?? 2) };
  return new Layer(sampling, config, options.name, options.trainable) as unknown as Layer;
}
