import { checkOptionNames } from '../../errors.js';
import type { Ref } from '../../program/region.js';
import * as kernels from '../../wasm/generated/kernels.js';
import { type BaseOptions, type Binding, Layer, type LayerDefinition } from '../layer.js';
import { layerLabel, oneOf } from '../options.js';
import { type Restore, restoreWith } from '../restore.js';
import { checkSequence } from '../shaping/layout.js';
import { type Sliding, slidShape, stepsBefore } from './geometry.js';
import { type Size, sizeFrom } from './options.js';

/** Options of {@link maxPooling1d} and {@link averagePooling1d}. Names and defaults are Keras's. */
export interface Pooling1dOptions extends BaseOptions {
  /** Steps of a window. Default 2. */
  poolSize?: Size;
  /** Steps from one window to the next. Default: `poolSize`. */
  strides?: Size | null;
  /** 'valid': windows inside the sequence. 'same': as many as strides fit, the outer ones cut off. Default 'valid'. */
  padding?: 'valid' | 'same';
}

interface PoolingConfig {
  readonly poolSize: number;
  readonly strides: number;
  readonly padding: 'valid' | 'same';
}

const slidingOf = ({ poolSize, strides, padding }: PoolingConfig): Sliding => ({
  kernelSize: poolSize,
  strides,
  padding,
  dilationRate: 1,
});

/** T, TX, S, ld, K, stride, offset: what every kernel of pool.ts ends with. */
function sizes(config: PoolingConfig, k: Binding) {
  const [TX, C] = k.inputShapes[0];
  const S = k.batch * C;
  const before = stepsBefore(slidingOf(config), TX);
  return [k.outputShapes[0][0], TX, S, S, config.poolSize, config.strides, -before] as const;
}

function define(
  type: string,
  restore: Restore<PoolingConfig>,
  mean: boolean,
): LayerDefinition<PoolingConfig> {
  return {
    type,
    restore,
    outputShapes(config, [x], name) {
      checkSequence(x, name);
      return [slidShape(slidingOf(config), x, x[1] as number, name)];
    },
    parameters: () => [],
    masks: { refuses: 'its windows mix steps that count with steps that do not' },
    forward(config, k) {
      k.emit(
        mean ? kernels.pool_mean_forward : kernels.pool_max_forward,
        k.output(),
        k.input(),
        ...sizes(config, k),
      );
    },
    backward(config, k) {
      const dx = k.inputGradient();
      if (dx === null) return;
      const dy = k.outputGradient() as Ref;
      if (mean) k.emit(kernels.pool_mean_backward, dx, dy, ...sizes(config, k));
      else k.emit(kernels.pool_max_backward, dx, k.input(), k.output(), dy, ...sizes(config, k));
    },
    step: { refuses: 'it gives one step for several' },
  };
}

const maximum = define('maxPooling1d', restoreWith(maxPooling1d), false);
const average = define('averagePooling1d', restoreWith(averagePooling1d), true);

/** How these layers are saved and rebuilt. */
export const POOLING_DEFINITIONS = [maximum, average] as unknown as readonly LayerDefinition[];

function make(definition: LayerDefinition<PoolingConfig>, options: Pooling1dOptions): Layer {
  const where = layerLabel(definition.type, options);
  checkOptionNames(where, options, ['poolSize', 'strides', 'padding', 'name', 'trainable']);
  const poolSize = sizeFrom(where, 'poolSize', options.poolSize ?? 2);
  const config: PoolingConfig = {
    poolSize,
    strides: sizeFrom(where, 'strides', options.strides ?? poolSize),
    padding: oneOf(where, 'padding', options.padding ?? 'valid', ['valid', 'same'] as const),
  };
  return new Layer(definition, config, options.name, options.trainable) as unknown as Layer;
}

/**
 * The largest value of each window, channel by channel.   y_t = max_k x_{t·strides + k},   0 ≤ k < poolSize
 *
 * Input `[batch, time, features]`, output `[batch, steps, features]`. Of equal values the first takes the gradient.
 *
 * @throws ValueError for an option out of range, UnknownNameError for an option that does not exist
 */
export function maxPooling1d(options: Pooling1dOptions = {}): Layer {
  return make(maximum, options);
}

/**
 * The mean of each window, channel by channel; with padding 'same' of the steps inside the sequence alone.
 *
 * @throws ValueError for an option out of range, UnknownNameError for an option that does not exist
 */
export function averagePooling1d(options: Pooling1dOptions = {}): Layer {
  return make(average, options);
}
