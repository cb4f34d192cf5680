import { checkOptionNames } from '../../errors.js';
import type { Ref } from '../../program/region.js';
import * as kernels from '../../wasm/generated/kernels.js';
import { type BaseOptions, type Binding, Layer, type LayerDefinition } from '../layer.js';
import { flag, layerLabel } from '../options.js';
import { type Restore, restoreWith } from '../restore.js';
import { checkSequence } from '../shaping/layout.js';

/** Options of {@link globalMaxPooling1d} and {@link globalAveragePooling1d}. */
export interface GlobalPooling1dOptions extends BaseOptions {
  /** True keeps a time axis of one step. Default false. */
  keepdims?: boolean;
}

interface GlobalConfig {
  readonly keepdims: boolean;
}

/** One window over the whole sequence, as the kernels of pool.ts take it. */
function wholeWindow(k: Binding) {
  const [T, C] = k.inputShapes[0];
  const S = k.batch * C;
  return [1, T, S, S, T, 1, 0] as const;
}

function define(type: string, restore: Restore<GlobalConfig>, mean: boolean): LayerDefinition<GlobalConfig> {
  return {
    type,
    restore,
    outputShapes({ keepdims }, [x], name) {
      checkSequence(x, name);
      return [keepdims ? [1, x[1]] : [x[1]]];
    },
    parameters: () => [],
    masks: 'consumes',
    forward(_config, k) {
      const valid = k.mask();
      const [T, C] = k.inputShapes[0];
      if (valid !== null) {
        k.emit(kernels.pool_valid_forward, k.output(), k.input(), valid, T, k.batch, C, C, mean ? 1 : 0);
      } else {
        k.emit(
          mean ? kernels.pool_mean_forward : kernels.pool_max_forward,
          k.output(),
          k.input(),
          ...wholeWindow(k),
        );
      }
    },
    backward(_config, k) {
      const dx = k.inputGradient();
      if (dx === null) return;
      const valid = k.mask();
      const dy = k.outputGradient() as Ref;
      const [x, y] = [k.input(), k.output()];
      const [T, C] = k.inputShapes[0];
      if (valid !== null) {
        k.emit(kernels.pool_valid_backward, dx, x, y, dy, valid, T, k.batch, C, C, mean ? 1 : 0);
      } else if (mean) k.emit(kernels.pool_mean_backward, dx, dy, ...wholeWindow(k));
      else k.emit(kernels.pool_max_backward, dx, x, y, dy, ...wholeWindow(k));
    },
    step: { refuses: 'it needs the whole sequence' },
  };
}

const maximum = define('globalMaxPooling1d', restoreWith(globalMaxPooling1d), false);
const average = define('globalAveragePooling1d', restoreWith(globalAveragePooling1d), true);

/** How these layers are saved and rebuilt. */
export const GLOBAL_POOLING_DEFINITIONS = [maximum, average] as unknown as readonly LayerDefinition[];

function make(definition: LayerDefinition<GlobalConfig>, options: GlobalPooling1dOptions): Layer {
  const where = layerLabel(definition.type, options);
  checkOptionNames(where, options, ['keepdims', 'name', 'trainable']);
  const config = { keepdims: flag(where, 'keepdims', options.keepdims ?? false) };
  return new Layer(definition, config, options.name, options.trainable) as unknown as Layer;
}

/**
 * The largest value of each channel over the steps that count: `[batch, time, features]` to `[batch, features]`.
 *
 * @throws ValueError for an option out of range, UnknownNameError for an option that does not exist
 */
export function globalMaxPooling1d(options: GlobalPooling1dOptions = {}): Layer {
  return make(maximum, options);
}

/**
 * The mean of each channel over the steps that count: `[batch, time, features]` to `[batch, features]`.
 *
 * @throws ValueError for an option out of range, UnknownNameError for an option that does not exist
 */
export function globalAveragePooling1d(options: GlobalPooling1dOptions = {}): Layer {
  return make(average, options);
}
