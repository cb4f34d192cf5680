import { ShapeError } from '../../errors.js';
import { at, type Ref } from '../../program/region.js';
import { formatShape, sizeOf } from '../../shape.js';
import * as kernels from '../../wasm/generated/kernels.js';
import { type BaseOptions, type Binding, Layer, type LayerDefinition } from '../layer.js';
import { layerLabel } from '../options.js';
import { restoreWith } from '../restore.js';
import { anglesFrom, type RotaryOptions, rotaryTable } from './angles.js';
import { positionStates, refusesPositions } from './positions.js';

/** Options of {@link rotaryEmbedding}. Names and defaults are Keras's (keras-hub). */
export interface RotaryEmbeddingOptions extends BaseOptions, RotaryOptions {}

type RotaryConfig = Required<RotaryOptions>;

/** Steps T, vectors R of a step of all samples, elements D of a vector. */
function sizes(k: Binding, stepping: boolean): { T: number; R: number; D: number } {
  const shape = k.inputShapes[0];
  const T = stepping ? 1 : shape[0];
  const D = shape[shape.length - 1];
  return { T, R: (k.batch * sizeOf(shape)) / (T * D), D };
}

const definition: LayerDefinition<RotaryConfig> = {
  type: 'rotaryEmbedding',
  restore: restoreWith(rotaryEmbedding),
  outputShapes(_config, [x], name) {
    const D = x[x.length - 1];
    if ((x.length === 2 || x.length === 3) && D !== null && D % 2 === 0 && !x.slice(1).includes(null))
      return [x];
    throw new ShapeError(
      `${name}: input has shape ${formatShape([null, ...x])}, expected [batch, time, features] or [batch, time, ` +
        'heads, features] with an even number of features',
    );
  },
  parameters: () => [],
  states: (_config, [x]) => positionStates(x[0]),
  forward(config, k) {
    const { T, R, D } = sizes(k, false);
    k.emit(kernels.rotary_turn, k.output(), k.input(), rotaryTable(k, T, D, config), null, T, R, D, 1);
  },
  backward(config, k) {
    const { T, R, D } = sizes(k, false);
    const dx = k.inputGradient();
    if (dx === null) return;
    k.emit(
      kernels.rotary_turn,
      dx,
      k.outputGradient() as Ref,
      rotaryTable(k, T, D, config),
      null,
      T,
      R,
      D,
      -1,
    );
  },
  masks: 'passes',
  step(config, k) {
    const { T, R, D } = sizes(k, true);
    const place = at(k.state('place') as Ref);
    const table = rotaryTable(k, k.maxSteps as number, D, config);
    k.emit(kernels.rotary_turn, k.output(), k.input(), table, place, T, R, D, 1);
    k.emit(kernels.position_advance, place, k.batch);
  },
  refusesStep: (_config, [x]) => refusesPositions(x[0]),
};

/** How these layers are saved and rebuilt. */
export const rotaryEmbeddingDefinition = definition as unknown as LayerDefinition;

/**
 * Turns each vector by angles that grow with its step, so that products of two depend on the distance between them.
 *
 * ```text
 * a_ti = t / scalingFactor · maxWavelength^(−2i/D)         i < D/2
 * y_i = x_i cos a_ti − x_{i+D/2} sin a_ti,   y_{i+D/2} = x_{i+D/2} cos a_ti + x_i sin a_ti
 * ```
 *
 * Input `[batch, time, D]` or `[batch, time, heads, D]`, D even; output likewise. It streams.
 *
 * Source: Su et al. 2021; the pairs are those of keras-hub, i and i + D/2
 *
 * @throws ValueError for an option out of range, UnknownNameError for an option that does not exist
 */
export function rotaryEmbedding(options: RotaryEmbeddingOptions = {}): Layer {
  const where = layerLabel(definition.type, options);
  const { name, trainable, ...angles } = options;
  return new Layer(definition, anglesFrom(where, angles), name, trainable) as unknown as Layer;
}
