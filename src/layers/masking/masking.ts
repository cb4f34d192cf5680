import { checkNumber } from '../../check.js';
import { checkOptionNames, ShapeError } from '../../errors.js';
import { at, type Ref } from '../../program/region.js';
import { formatShape, sizeOf } from '../../shape.js';
import * as kernels from '../../wasm/generated/kernels.js';
import { type BaseOptions, type Binding, Layer, type LayerDefinition } from '../layer.js';
import { layerLabel } from '../options.js';
import { restoreWith } from '../restore.js';

/** Options of {@link masking}. */
export interface MaskingOptions extends BaseOptions {
  /** A step does not count when all its features have this value. Default 0. */
  maskValue?: number;
}

interface MaskingConfig {
  readonly maskValue: number;
}

/** Rows R of N features: the steps of all samples. */
function sizes(k: Binding): { R: number; N: number } {
  const shape = k.inputShapes[0];
  const N = shape[shape.length - 1];
  return { R: (k.batch * sizeOf(shape)) / N, N };
}

const maskOf = (k: Binding): Ref => at(k.buffer('mask', sizes(k).R));

const definition: LayerDefinition<MaskingConfig> = {
  type: 'masking',
  restore: restoreWith(masking),
  outputShapes(_config, [x], name) {
    if (x.length !== 2 || x[1] === null) {
      const came = formatShape([null, ...x]);
      throw new ShapeError(`${name}: input has shape ${came}, expected [batch, time, features]`);
    }
    return [x];
  },
  parameters: () => [],
  forward({ maskValue }, k) {
    const { R, N } = sizes(k);
    const mask = maskOf(k);
    k.emit(kernels.mask_equal, mask, k.input(), R, N, maskValue);
    const given = k.mask();
    if (given !== null) k.emit(kernels.mul, mask, mask, given, R);
    k.emit(kernels.mask_rows, k.output(), k.input(), mask, R, N);
    k.setMask(0, mask);
  },
  backward(_config, k) {
    const { R, N } = sizes(k);
    const dx = k.inputGradient();
    if (dx !== null) k.emit(kernels.mask_rows, dx, k.outputGradient(), maskOf(k), R, N);
  },
  masks: () => [true],
  padding: ({ maskValue }) => Math.fround(maskValue), // as the kernel compares it
  step: 'forward',
};

/** How masking layers are saved and rebuilt. */
export const maskingDefinition = definition as unknown as LayerDefinition;

/**
 * Leaves out steps: those of a sequence `[batch, time, features]` whose features all equal `maskValue` do not
 * count for the layers that follow, as in Keras. Such a step is 0 in the output.
 *
 * @throws ValueError for a maskValue that is no number, UnknownNameError for an option that does not exist
 */
export function masking(options: MaskingOptions = {}): Layer {
  const where = layerLabel(definition.type, options);
  checkOptionNames(where, options, ['maskValue', 'name', 'trainable']);
  const config = { maskValue: checkNumber(where, 'maskValue', options.maskValue ?? 0) };
  return new Layer(definition, config, options.name, options.trainable) as unknown as Layer;
}
