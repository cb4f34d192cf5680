import { checkOptionNames } from '../../errors.js';
import { at } from '../../program/region.js';
import { sizeOf } from '../../shape.js';
import * as kernels from '../../wasm/generated/kernels.js';
import { type BaseOptions, type Binding, Layer, type LayerDefinition } from '../layer.js';
import { layerLabel } from '../options.js';
import { restoreNone } from '../restore.js';
import { checkSequence } from './layout.js';

/** Options of {@link reverse}. */
export interface ReverseOptions extends BaseOptions {}

/** Steps T, and floats of one step of the batch. */
function sizes(k: Binding): readonly [number, number] {
  const [T, ...step] = k.inputShapes[0];
  return [T, k.batch * sizeOf(step)];
}

const definition: LayerDefinition = {
  type: 'reverse',
  restore: restoreNone,
  outputShapes(_config, [x], name) {
    checkSequence(x, name);
    return [x];
  },
  parameters: () => [],
  forward(_config, k) {
    k.emit(kernels.reverse_time, k.output(), k.input(), ...sizes(k));
    const mask = k.mask();
    if (mask === null) return;
    const turned = k.buffer('mask', k.inputShapes[0][0] * k.batch);
    k.emit(kernels.reverse_time, turned, mask, k.inputShapes[0][0], k.batch);
    k.setMask(0, at(turned));
  },
  backward(_config, k) {
    const dx = k.inputGradient();
    if (dx !== null) k.emit(kernels.reverse_time, dx, k.outputGradient(), ...sizes(k));
  },
  masks: (_config, [masked]) => [masked && 'moved'],
  step: { refuses: 'it reads a sequence from its end' },
};

/** How these layers are saved and rebuilt. */
export const reverseDefinition = definition;

/**
 * The steps of a sequence in the other order: y_t = x_{T−1−t}. Behind a recurrent layer with `goBackwards` it
 * brings the outputs back into the order of time.
 *
 * @throws UnknownNameError for an option that does not exist
 */
export function reverse(options: ReverseOptions = {}): Layer {
  checkOptionNames(layerLabel(definition.type, options), options, ['name', 'trainable']);
  return new Layer(definition, {}, options.name, options.trainable);
}
